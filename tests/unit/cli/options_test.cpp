#include "cli/parsed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

template <typename Asked>
bool asks_for(const std::vector<const char*>& arguments) {
    const auto command = parsed(arguments);
    return command && std::holds_alternative<Asked>(*command);
}

void expect_refused(const std::vector<const char*>& arguments, const std::string& says) {
    const auto command = parsed(arguments);
    ASSERT_FALSE(command) << arguments.front();
    EXPECT_EQ(command.error().code, ExitCode::kUsage);
    EXPECT_THAT(command.error().what, HasSubstr(says));
}

TEST(Options, WithoutAnyTraceEverything) {
    const AnyOptions options = options_of({});
    EXPECT_FALSE(options.watch.selection.by_process());
    EXPECT_FALSE(options.watch.selection.by_port());
    EXPECT_TRUE(options.watch.selection.ipv4);
    EXPECT_TRUE(options.watch.selection.ipv6);
    EXPECT_FALSE(options.limits.duration);
    EXPECT_FALSE(options.watch.count);
    EXPECT_EQ(options.output.format, Format::kText);
    EXPECT_FALSE(options.output.relative_time);
    EXPECT_FALSE(options.output.verbose);
    EXPECT_EQ(options.output.color, ColorChoice::kAuto);
    EXPECT_EQ(options.output.file, "");
}

TEST(Options, ReplaceAFileOnlyWhereThatIsAskedFor) {
    EXPECT_EQ(options_of({"-w", "file"}).recording.earlier, record::EarlierContent::kRefuse);
    EXPECT_EQ(options_of({"record", "-w", "file", "--overwrite"}).recording.earlier,
              record::EarlierContent::kOverwrite);
    EXPECT_EQ(options_of({"report", "--html", "page", "--overwrite", "file"}).output.earlier,
              record::EarlierContent::kOverwrite);
    expect_refused({"--overwrite"}, "--overwrite needs a file");
    expect_refused({"explain", "--overwrite", "-o", "x"}, "is not for explain");
}

TEST(Options, TakeListsByTheirShortNames) {
    const auto selection =
        options_of({"-p", "1,2", "-P", "80", "-L", "81,82", "-D", "83", "-n", "orders-api,web"}).watch.selection;
    EXPECT_THAT(selection.pids, ElementsAre(1, 2));
    EXPECT_THAT(selection.ports, ElementsAre(80));
    EXPECT_THAT(selection.local_ports, ElementsAre(81, 82));
    EXPECT_THAT(selection.remote_ports, ElementsAre(83));
    EXPECT_THAT(selection.comms, ElementsAre("orders-api", "web"));
}

TEST(Options, TakePidsAsPidofGivesThem) {
    EXPECT_THAT(options_of({"-p", "1", "2", "3", "-j"}).watch.selection.pids, ElementsAre(1, 2, 3));
    EXPECT_THAT(options_of({"--pid=1", "2", "-P", "80", "-p3", "--pid", "4,5"}).watch.selection.pids,
                ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(options_of({"report", "--pid", "1 2", "file"}).files, ElementsAre("file"));
    expect_refused({"-p", "1", "two"}, "there is no command 'two'");
    expect_refused({"-P", "80", "81"}, "a number alone says nothing: '81'");
}

TEST(Options, AddUpHosts) {
    EXPECT_THAT(options_of({"--host", "10.0.0.1,::1", "--host=fd00::/8", "-j"}).watch.selection.hosts,
                testing::SizeIs(3));
    EXPECT_THAT(options_of({"report", "--host", "::1", "file", "--host", "::2"}).watch.selection.hosts,
                testing::SizeIs(2));
    expect_refused({"--host", "10.0.0.0/33"}, "--host");
    expect_refused({"--host"}, "--host needs a value");
}

TEST(Options, NoteThatALongNameIsCut) {
    const AnyOptions options = options_of({"-n", "web,sixteen-bytes-xx"});
    EXPECT_THAT(options.watch.selection.comms, ElementsAre("web", "sixteen-bytes-x"));
    ASSERT_EQ(options.watch.notes.size(), 1U);
    EXPECT_THAT(options.watch.notes.front().what, HasSubstr("'sixteen-bytes-xx' is taken as 'sixteen-bytes-x'"));
    EXPECT_THAT(options_of({"-n", "web"}).watch.notes, IsEmpty());
}

TEST(Options, TakeTheSameByTheirLongNames) {
    const auto selection =
        options_of({"--pid=1,2", "--port=80", "--localport", "81", "--remoteport=83", "--comm", "web"}).watch.selection;
    EXPECT_THAT(selection.pids, ElementsAre(1, 2));
    EXPECT_THAT(selection.ports, ElementsAre(80));
    EXPECT_THAT(selection.local_ports, ElementsAre(81));
    EXPECT_THAT(selection.remote_ports, ElementsAre(83));
    EXPECT_THAT(selection.comms, ElementsAre("web"));
}

TEST(Options, TakeWhenToStopAndWhatToPrint) {
    const AnyOptions options =
        options_of({"-d", "0.5", "--count", "3", "-j", "-t", "-v", "--output", "file", "--color", "never"});
    EXPECT_EQ(options.limits.duration, 500ms);
    EXPECT_EQ(options.watch.count, 3U);
    EXPECT_EQ(options.output.format, Format::kJsonLines);
    EXPECT_TRUE(options.output.relative_time);
    EXPECT_TRUE(options.output.verbose);
    EXPECT_EQ(options.output.file, "file");
    EXPECT_EQ(options.output.color, ColorChoice::kNever);
    EXPECT_EQ(options_of({"--color=always"}).output.color, ColorChoice::kAlways);
    EXPECT_EQ(options_of({"--color=auto"}).output.color, ColorChoice::kAuto);
}

TEST(Options, AFamilyLeavesOutTheOther) {
    const auto four = options_of({"-4"}).watch.selection;
    EXPECT_TRUE(four.ipv4);
    EXPECT_FALSE(four.ipv6);
    const auto six = options_of({"-6"}).watch.selection;
    EXPECT_FALSE(six.ipv4);
    EXPECT_TRUE(six.ipv6);
    for (const auto& both : {options_of({"-4", "-6"}), options_of({"-46"})}) {
        EXPECT_TRUE(both.watch.selection.ipv4);
        EXPECT_TRUE(both.watch.selection.ipv6);
    }
}

TEST(Options, AFamilyIsTakenBehindACommand) {
    for (const auto& four : {options_of({"trace", "-4"}), options_of({"doctor", "-4"}), options_of({"-4", "trace"}),
                             options_of({"report", "-4", "file"}), options_of({"report", "file", "-4"})}) {
        EXPECT_TRUE(four.watch.selection.ipv4);
        EXPECT_FALSE(four.watch.selection.ipv6);
    }
    EXPECT_FALSE(options_of({"record", "-6", "-w", "file"}).watch.selection.ipv4);
    EXPECT_TRUE(options_of({"trace", "-46"}).watch.selection.ipv4);
}

TEST(Options, TraceIsTheDefaultCommand) {
    EXPECT_THAT(options_of({"trace"}).watch.selection.pids, IsEmpty());
    EXPECT_THAT(options_of({"trace", "-p", "7"}).watch.selection.pids, ElementsAre(7));
    EXPECT_THAT(options_of({"-p", "7", "trace"}).watch.selection.pids, ElementsAre(7));
}

TEST(Options, RecordKeepsAndPrintsNothing) {
    const AnyOptions options = options_of({"record", "-w", "file", "-p", "7", "-a", "-d", "1", "--count", "2"});
    EXPECT_EQ(options.recording.file, "file");
    EXPECT_THAT(options.watch.selection.pids, ElementsAre(7));
    EXPECT_TRUE(options.watch.all);
    EXPECT_EQ(options.watch.count, 2U);
    EXPECT_EQ(options_of({"-w", "-", "record"}).recording.file, "-");
}

TEST(Options, ATraceMayRecordToo) {
    for (const auto& options : {options_of({"-w", "file", "-j"}), options_of({"trace", "--write=file", "-j"})}) {
        EXPECT_EQ(options.recording.file, "file");
        EXPECT_EQ(options.output.format, Format::kJsonLines);
        EXPECT_THAT(options.files, IsEmpty());
    }
    EXPECT_EQ(options_of({"-w", "-", "--output", "text"}).recording.file, "-");
    EXPECT_EQ(options_of({}).recording.file, "");
}

TEST(Options, ReportTakesARecordingAndFilters) {
    const AnyOptions options = options_of({"report", "file", "-x", "-P", "80", "-n", "web", "-j", "--count", "3"});
    EXPECT_THAT(options.files, ElementsAre("file"));
    EXPECT_TRUE(options.range.errors_only);
    EXPECT_THAT(options.watch.selection.ports, ElementsAre(80));
    EXPECT_THAT(options.watch.selection.comms, ElementsAre("web"));
    EXPECT_EQ(options.output.format, Format::kJsonLines);
    EXPECT_EQ(options.watch.count, 3U);
    EXPECT_THAT(options_of({"-j", "report", "file"}).files, ElementsAre("file"));
    EXPECT_THAT(options_of({"report", "-"}).files, ElementsAre("-"));
}

TEST(Options, ReportTakesSeveralRecordings) {
    EXPECT_THAT(options_of({"report", "a", "b", "-x", "c"}).files, ElementsAre("a", "b", "c"));
    expect_refused({"report", "a", "-"}, "report takes - only alone");
    expect_refused({"report", "-", "a"}, "report takes - only alone");
    expect_refused({"report", "a", ""}, "invalid recording ''");
    expect_refused({"report", "a", "b", "a"}, "report is given a twice");
    expect_refused({"report", "a", "b", "--output", "b"}, "--output names the recording");
}

TEST(Options, ReportTakesASpanOfTime) {
    const AnyOptions options = options_of({"report", "file", "--since", "14:05", "--until=+90s"});
    ASSERT_TRUE(options.range.since && options.range.until);
    EXPECT_EQ(options.range.since->of_day, std::chrono::minutes(14 * 60 + 5));
    EXPECT_EQ(options.range.until->after_start, std::chrono::seconds(90));
    expect_refused({"report", "file", "--since", "yesterday"}, "invalid --since 'yesterday'");
    expect_refused({"report", "file", "--until", ""}, "invalid --until ''");
    expect_refused({"--since", "14:05"}, "--since is for report");
    expect_refused({"record", "-w", "file", "--until", "14:05"}, "--until is for report");
}

TEST(Options, TakeOneFormat) {
    EXPECT_EQ(options_of({"--wide"}).output.format, Format::kTable);
    EXPECT_EQ(options_of({"--format", "table"}).output.format, Format::kTable);
    EXPECT_EQ(options_of({"--format=jsonl"}).output.format, Format::kJsonLines);
    EXPECT_EQ(options_of({"--format=otlp"}).output.format, Format::kOtlp);
    EXPECT_EQ(options_of({"--format", "ecs"}).output.format, Format::kEcs);
    EXPECT_EQ(options_of({"--format=text", "--output", "x"}).output.file, "x");
    expect_refused({"--format", "xml"}, "invalid --format 'xml'");
    expect_refused({"--wide", "-j"}, "--json and --wide are given");
    expect_refused({"doctor", "--format", "table"}, "--format table is not for doctor");
    EXPECT_EQ(options_of({"doctor", "--format", "jsonl"}).output.format, Format::kJsonLines);
}

TEST(Options, ReportTakesAFileForAPageOrATrace) {
    const AnyOptions page = options_of({"report", "--html", "page", "file"});
    EXPECT_EQ(page.output.format, Format::kHtml);
    EXPECT_EQ(page.output.file, "page");
    EXPECT_THAT(page.files, ElementsAre("file"));
    const AnyOptions trace = options_of({"report", "file", "--perfetto", "-"});
    EXPECT_EQ(trace.output.format, Format::kPerfetto);
    EXPECT_EQ(trace.output.file, "");
    expect_refused({"--html", "page"}, "--html is for report");
    expect_refused({"report", "file", "--html", "page", "--output", "x"}, "--output is given beside --html");
    expect_refused({"report", "file", "--html", "page", "-j"}, "--json and --html are given");
    expect_refused({"report", "file", "--perfetto", ""}, "invalid --perfetto ''");
    expect_refused({"report", "file", "--html", "file"}, "--html names the recording");
}

TEST(Options, RecordNeedsAFileAndNothingToPrintWith) {
    expect_refused({"record"}, "record needs --write");
    expect_refused({"record", "-w", ""}, "invalid --write ''");
    expect_refused({"-w", ""}, "invalid --write ''");
    expect_refused({"-w", "a", "-w", "b"}, "--write is given more than once");
    expect_refused({"record", "-w", "file", "-j"}, "--json is not for record");
    expect_refused({"record", "-w", "file", "-t"}, "--relative is not for record");
    expect_refused({"record", "-w", "file", "-v"}, "--verbose is not for record");
    expect_refused({"record", "-w", "file", "--output", "x"}, "--output is not for record");
    expect_refused({"record", "-w", "file", "--color", "never"}, "--color is not for record");
    expect_refused({"record", "-w", "file", "-x"}, "--errors-only is for report");
}

TEST(Options, OneStandardOutputIsNotForTwo) {
    expect_refused({"-w", "-"}, "--write - is for record");
    expect_refused({"-w", "-", "-j"}, "--write - is for record");
    expect_refused({"-w", "same", "--output", "same"}, "--write and --output name the same file");
    expect_refused({"report", "same", "--output", "same"}, "--output names the recording");
}

TEST(Options, ReportNeedsOneRecording) {
    expect_refused({"report"}, "report needs a recording");
    expect_refused({"report", ""}, "invalid recording ''");
}

TEST(Options, ReportCannotAskTheKernelAnyMore) {
    expect_refused({"report", "file", "-p", "7", "--follow"}, "--follow is not for report");
    expect_refused({"report", "file", "--reads"}, "--reads is not for report");
    expect_refused({"report", "file", "-d", "1"}, "--duration is not for report");
    expect_refused({"report", "file", "--hook", "fork=tracepoint"}, "--hook is not for report");
    expect_refused({"report", "file", "--dry-run"}, "--dry-run is not for report");
    expect_refused({"report", "file", "-w", "other"}, "--write is not for report");
}

TEST(Options, WhatIsForReportIsForNothingElse) {
    expect_refused({"-x"}, "--errors-only is for report");
    expect_refused({"doctor", "-x"}, "--errors-only is for report");
}

TEST(Options, EachCommandIsAskedForByItsName) {
    EXPECT_TRUE(asks_for<TraceOptions>({}));
    EXPECT_TRUE(asks_for<TraceOptions>({"trace", "-p", "1"}));
    EXPECT_TRUE(asks_for<RecordOptions>({"record", "-w", "file"}));
    EXPECT_TRUE(asks_for<ReportOptions>({"-j", "report", "file"}));
    EXPECT_TRUE(asks_for<DoctorOptions>({"doctor"}));
    EXPECT_TRUE(asks_for<DoctorOptions>({"--dry-run"}));
    EXPECT_TRUE(asks_for<DoctorOptions>({"record", "-w", "file", "--dry-run"}));
}

TEST(Options, ExplainTakesCausesReasonsAndAColorAlone) {
    const auto command = parsed({"explain", "peer-closed", "--color", "never", "timed-out", "idle"});
    const auto* explain = command ? std::get_if<ExplainOptions>(&*command) : nullptr;
    ASSERT_NE(explain, nullptr);
    EXPECT_THAT(explain->names, ElementsAre("peer-closed", "timed-out", "idle"));
    EXPECT_EQ(explain->color, ColorChoice::kNever);
    EXPECT_TRUE(asks_for<ExplainOptions>({"explain"}));
    expect_refused({"explain", "peer-close"}, "there is no cause or reason 'peer-close'");
    expect_refused({"explain", "-j"}, "--json is not for explain");
    expect_refused({"-p", "1", "explain"}, "--pid is not for explain");
}

TEST(Options, TheSchemaIsAText) {
    EXPECT_TRUE(asks_for<PrintCommand>({"schema"}));
    expect_refused({"schema", "-j"}, "--json is not for schema");
    expect_refused({"schema", "file"}, "unexpected argument 'file'");
}

TEST(Options, WhatIsMistypedIsGuessedAtButNotTaken) {
    const auto todo = [](const std::vector<const char*>& arguments) {
        const auto command = parsed(arguments);
        return command ? std::string("taken") : command.error().todo;
    };
    EXPECT_EQ(todo({"--prot", "80"}), "did you mean --port?");
    EXPECT_EQ(todo({"--durration=5"}), "did you mean --duration?");
    EXPECT_EQ(todo({"reprot", "file"}), "did you mean report?");
    EXPECT_EQ(todo({"explain", "peer-close"}), "did you mean peer-closed?");
    EXPECT_EQ(todo({"-z"}), "see tcpblame --help");
    EXPECT_EQ(todo({"weather"}), "tcpblame -n weather watches the processes of that name, tcpblame run -- weather "
                                 "starts a command");
    EXPECT_EQ(todo({"ls", "/"}), "tcpblame run -- ls / starts it, watched");
    EXPECT_EQ(todo({"-r", "file"}), "tcpblame report FILE reports a recording");
}

TEST(Options, HelpAndVersionAreTextsAndNoTrace) {
    const auto text_of = [](const char* flag) {
        const auto command = parsed({flag});
        const auto* print = command ? std::get_if<PrintCommand>(&*command) : nullptr;
        EXPECT_NE(print, nullptr) << flag;
        return print != nullptr ? print->text : std::string();
    };
    EXPECT_THAT(text_of("-h"), HasSubstr("Usage: tcpblame [trace |"));
    EXPECT_THAT(text_of("--help"), HasSubstr("Exit status:"));
    EXPECT_THAT(text_of("--version"), testing::MatchesRegex("tcpblame [0-9.]+\n"));
    EXPECT_EQ(text_of("-V"), text_of("--version"));
    EXPECT_LT(text_of("-h").size(), text_of("--help").size());
    EXPECT_EQ(text_of("help"), text_of("--help"));
    EXPECT_EQ(text_of("version"), text_of("-V"));
}

TEST(Options, AFlagGivenTwiceIsRefusedByItsName) {
    expect_refused({"-P", "1", "--port", "2"}, "--port is given more than once");
    expect_refused({"--count=1", "--count=1"}, "--count is given more than once");
    expect_refused({"--output", "a", "--output", "b"}, "--output is given more than once");
}

TEST(Options, BadValuesAreRefusedByTheFlagsName) {
    expect_refused({"-p", "sshd"}, "invalid --pid 'sshd'");
    expect_refused({"-P", "0"}, "invalid --port '0'");
    expect_refused({"-L", "80,99999"}, "invalid --localport '99999'");
    expect_refused({"-D", "x"}, "invalid --remoteport 'x'");
    expect_refused({"-n", "a,,b"}, "invalid --comm ''");
    expect_refused({"-d", "soon"}, "invalid --duration 'soon'");
    expect_refused({"--count", "0"}, "invalid --count '0'");
    expect_refused({"--color", "blue"}, "invalid --color 'blue'");
    expect_refused({"--output", ""}, "invalid --output ''");
}

TEST(Options, AnEmptyValueIsABadOne) {
    expect_refused({"--pid", ""}, "invalid --pid ''");
    expect_refused({"--pid="}, "--pid");
}

TEST(Options, AMissingValueIsRefusedByTheFlagsName) { expect_refused({"-p"}, "--pid"); }

TEST(Options, WhatIsNoOptionIsRefusedByItsName) {
    expect_refused({"--nope"}, "--nope");
    expect_refused({"-z"}, "-z");
    expect_refused({"nope"}, "nope");
    expect_refused({"trace", "--nope"}, "--nope");
    expect_refused({"--por", "80"}, "--por"); // no guessing at half a name
}

TEST(Options, OfTopAreThoseOfTraceButForTheOutput) {
    const AnyOptions options = options_of({"top", "-P", "80", "-a", "-w", "file", "--count", "3", "-v"});
    EXPECT_TRUE(asks_for<TopOptions>({"top", "-P", "80"}));
    EXPECT_EQ(options.interval, 1s);
    EXPECT_THAT(options.watch.selection.ports, ElementsAre(80));
    EXPECT_TRUE(options.watch.all);
    EXPECT_EQ(options.recording.file, "file");
    EXPECT_EQ(options_of({"--interval", "0.5", "top"}).interval, 500ms);
    EXPECT_TRUE(asks_for<DoctorOptions>({"top", "--dry-run"}));
    for (const char* flag : {"-j", "--wide"}) expect_refused({"top", flag}, "is not for top");
    expect_refused({"top", "--format", "jsonl"}, "--format is not for top");
    expect_refused({"top", "-o", "file"}, "--output is not for top");
    expect_refused({"top", "-w", "-"}, "--write - is for record");
    expect_refused({"top", "--since", "14:00"}, "--since is for report");
    expect_refused({"top", "-u", "nobody"}, "--user is for run");
    expect_refused({"top", "file"}, "unexpected argument 'file'");
}

TEST(Options, IntervalIsForTopAlone) {
    expect_refused({"--interval", "1"}, "--interval is for top");
    expect_refused({"record", "-w", "file", "--interval", "1"}, "--interval is for top");
    expect_refused({"report", "file", "--interval", "1"}, "--interval is for top");
    expect_refused({"doctor", "--interval", "1"}, "--interval is for top");
    expect_refused({"run", "--interval", "1", "--", "true"}, "--interval is for top");
    expect_refused({"top", "--interval", "0"}, "invalid --interval '0'");
}

} // namespace
} // namespace tcpblame::cli
