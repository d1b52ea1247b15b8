#include "render/manual.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace tcpblame::render {
namespace {

constexpr std::string_view kFence = "```";
constexpr std::string_view kItem = "- ";
constexpr std::string_view kHeading = "# ";

bool is_letter(std::string_view text, std::size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
}

/// As in SO_LINGER.
bool is_within_word(std::string_view text, std::size_t at) {
    return at > 0 && is_letter(text, at - 1) && is_letter(text, at + 1);
}

Line marked_up(std::string_view text) {
    Line line;
    bool bold = false;
    std::string run;
    const auto end_run = [&] {
        if (!run.empty()) line.push_back({run, bold ? Ink::kStrong : Ink::kPlain});
        run.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            run += text[++i];
        } else if (text[i] == '*') {
            end_run();
            bold = !bold;
        } else if (text[i] == '_' && !is_within_word(text, i)) {
            continue;
        } else {
            run += text[i];
        }
    }
    end_run();
    return line;
}

class Setter {
public:
    explicit Setter(Page& page) : page_(page) {}

    void line(std::string_view line) {
        if (line == kFence) {
            end_paragraph();
            literal_ = !literal_;
        } else if (literal_) {
            if (line.empty()) return page_.blank();
            page_.line({{"      ", Ink::kPlain}}, {{std::string(line), Ink::kPlain}});
        } else if (line.empty()) {
            end_paragraph();
            page_.blank();
        } else if (line.substr(0, kHeading.size()) == kHeading) {
            end_paragraph();
            page_.paragraph({}, {{std::string(line.substr(kHeading.size())), Ink::kStrong}});
        } else {
            if (line.substr(0, kItem.size()) == kItem) end_paragraph();
            if (const bool indented = line.front() == '\t'; indented != indented_) {
                end_paragraph();
                indented_ = indented;
            }
            if (indented_) line.remove_prefix(1);
            // Lines that belong together; what goes on in a list is indented.
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            if (!paragraph_.empty()) paragraph_ += ' ';
            paragraph_ += line;
        }
    }

    void end_paragraph() {
        if (paragraph_.empty()) return;
        const std::string_view text = paragraph_;
        const bool is_item = text.substr(0, kItem.size()) == kItem;
        const bool is_heading = text.front() == '*' && text.find('*', 1) == text.size() - 1;
        if (is_item)
            page_.paragraph({{"  - ", Ink::kPlain}}, marked_up(text.substr(kItem.size())));
        else
            page_.paragraph({{is_heading && !indented_ ? ""
                              : indented_              ? "        "
                                                       : "  ",
                              Ink::kPlain}},
                            marked_up(text));
        paragraph_.clear();
    }

private:
    Page& page_;
    std::string paragraph_;
    bool literal_ = false;
    bool indented_ = false;
};

} // namespace

void set_manual(std::string_view scdoc, Page& page) {
    Setter setter(page);
    while (!scdoc.empty()) {
        const std::size_t end = std::min(scdoc.find('\n'), scdoc.size());
        setter.line(scdoc.substr(0, end));
        scdoc.remove_prefix(std::min(end + 1, scdoc.size()));
    }
    setter.end_paragraph();
}

} // namespace tcpblame::render
