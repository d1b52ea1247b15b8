// What the page looks like and does in a browser is the matter of tests/page.
#include "render/html_page.hpp"

#include "render/ndjson.hpp"
#include "render/samples.hpp"
#include "render/unpacked.hpp"

#include <cctype>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace tcpblame::render {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kBegin = "id=\"data\">\n";
constexpr std::string_view kEnd = "</script>";

template <typename Reported>
std::string reported_by(const std::vector<model::Verdict>& verdicts) {
    samples::Collected seen;
    Reported output(seen.sink());
    output.start(samples::run_start());
    for (const model::Verdict& verdict : verdicts) output.verdict(verdict);
    output.lost({3, 1, 5, 7});
    output.end(samples::run_end());
    return seen.text;
}

std::string data_in(const std::string& page) {
    const std::size_t begin = page.find(kBegin) + kBegin.size();
    return page.substr(begin, page.find(kEnd, begin) - begin);
}

std::string lines_in(const std::string& page) {
    std::string lines;
    for (const std::string& line : samples::lines_of(unpacked(data_in(page))))
        if (line.rfind(R"({"type":"words")", 0) != 0) lines += line + '\n';
    return lines;
}

TEST(HtmlPage, IsAWholeDocument) {
    const std::string page = reported_by<HtmlPage>(samples::all());
    EXPECT_THAT(page, StartsWith("<!DOCTYPE html>\n"));
    EXPECT_THAT(page, EndsWith("</html>\n"));
    for (const char* filled_in : {"@STYLE", "@SCRIPT", "@DATA"}) EXPECT_THAT(page, Not(HasSubstr(filled_in)));
}

TEST(HtmlPage, HoldsTheLinesOfJsonAsTheyAre) {
    EXPECT_EQ(lines_in(reported_by<HtmlPage>(samples::all())), reported_by<Ndjson>(samples::all()));
}

TEST(HtmlPage, HoldsEachPhraseThatItsScriptSays) {
    const std::string page = reported_by<HtmlPage>(samples::all());
    constexpr std::string_view kPhrases = "id=\"phrases\">\n";
    const std::size_t begin = page.find(kPhrases) + kPhrases.size();
    const auto phrases = nlohmann::json::parse(page.substr(begin, page.find(kEnd, begin) - begin));
    std::set<std::string> there;
    for (const auto& [name, text] : phrases.items()) there.insert(name);
    std::set<std::string> said;
    const std::regex quoted(R"re("([a-z_]+)")re");
    for (std::size_t at = page.find("phrase("); at != std::string::npos; at = page.find("phrase(", at + 1)) {
        const std::string call = page.substr(at, page.find_first_of(",)", at) - at);
        for (std::sregex_iterator name(call.begin(), call.end(), quoted); name != std::sregex_iterator(); ++name)
            said.insert((*name)[1]);
    }
    EXPECT_EQ(said, there);
}

TEST(HtmlPage, NoNameCanEndItsScriptOrBeginAComment) {
    const std::string name = "</script><!--<script>\xE2\x80\xA8\xFF";
    model::Verdict verdict = samples::peer_closed();
    verdict.process->name = name;
    verdict.timeline.front().note = model::TimelineNote::kPeerDid;
    verdict.timeline.front().name = name;
    const std::string page = reported_by<HtmlPage>({verdict});
    for (const char character : data_in(page))
        EXPECT_TRUE(character == '\n' || std::isalnum(static_cast<unsigned char>(character)) != 0 ||
                    std::string_view("+/=").find(character) != std::string_view::npos);
    const std::string lines = lines_in(page);
    const auto line = nlohmann::ordered_json::parse(samples::lines_of(lines).at(1));
    EXPECT_EQ(line["process"]["name"], "</script><!--<script>\xE2\x80\xA8\xEF\xBF\xBD");
}

} // namespace
} // namespace tcpblame::render
