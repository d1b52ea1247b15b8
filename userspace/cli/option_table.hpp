/// Every command and every option, once: the declarations, refusals, help, man pages and completions are made from it.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tcpblame::cli {

enum class CommandId : std::uint8_t {
    kTrace,
    kRun,
    kTop,
    kRecord,
    kAgent,
    kReport,
    kDoctor,
    kExplain,
    kSchema,
    kStore
};

struct CommandEntry {
    CommandId id = CommandId::kTrace;
    const char* name = "";
    const char* synopsis = "";  ///< behind "tcpblame"
    const char* summary = "";   ///< for --help
    const char* brief = "";     ///< for a completion
    const char* arguments = ""; ///< what it takes besides options: "file", "cause"; empty: nothing
    const char* refusal = "";   ///< why it does not take an option of others …
    const char* instead = "";   ///< … and what to do; {} stands for the option
};

/// In the order of CommandId. The first is meant where none is named.
std::span<const CommandEntry> command_table();
const CommandEntry& command(CommandId id);

class CommandSet {
public:
    constexpr CommandSet(std::initializer_list<CommandId> commands) {
        for (const CommandId each : commands) bits_ |= bit(each);
    }
    [[nodiscard]] constexpr bool has(CommandId id) const { return (bits_ & bit(id)) != 0; }
    /// The one that is in it; nullopt where there are more.
    [[nodiscard]] std::optional<CommandId> only() const;

    constexpr bool operator==(const CommandSet&) const = default;

private:
    static constexpr unsigned bit(CommandId id) { return 1U << static_cast<unsigned>(id); }
    unsigned bits_ = 0;
};

enum class Section : std::uint8_t {
    kWatch,
    kAlso,
    kStop,
    kRange,
    kVerdicts,
    kPrint,
    kKeep,
    kNames,
    kAgent,
    kStore,
    kTroubleshooting,
    kHelp
};

struct SectionEntry {
    Section id;
    const char* title;
    const char* intro; ///< the man page has it below the title
    const char* note;  ///< --help has it below the options
};

std::span<const SectionEntry> section_table();

/// What a shell offers for an option's value.
enum class Completion : std::uint8_t {
    kNothing,
    kPid,
    kProcessName,
    kListeningPort,
    kRemotePort,
    kRemoteHost,
    kCgroup,
    kNetns,
    kUser,
    kHook,
    kFile,
    kWords,
};

/// What was typed: "--port" and "80"; the text of a flag is empty.
struct TypedOption {
    std::string_view flag;
    std::string text;
};

struct OptionEntry {
    const char* short_name = ""; ///< "-p"; empty: none
    const char* long_name = "";  ///< "--pid"; empty: none
    const char* argument = "";   ///< "PID"; empty: it is a flag
    enum class Many : std::uint8_t {
        kOne,
        kList,
        kRepeated
    } many = Many::kOne; ///< a comma list; one that several of it add up to
    Section section = Section::kWatch;
    CommandSet commands = {}; ///< that take it
    const char* reason = "";  ///< why no other takes it, where one command alone does
    const char* summary = ""; ///< for help and completions: a clause, then more behind ';'
    const char* manual = "";  ///< a paragraph for the man page; empty: the summary
    Completion completion = Completion::kNothing;
    const char* words = ""; ///< of Completion::kWords
    Result<void> (*read)(const TypedOption& typed,
                         const OptionGroups& groups) = nullptr; ///< of a help: nothing to read

    /// "--pid"; "-4" where there is no long one.
    [[nodiscard]] std::string_view name() const { return long_name[0] != '\0' ? long_name : short_name; }
    [[nodiscard]] bool is_flag() const { return argument[0] == '\0'; }
};

std::span<const OptionEntry> option_table();

/// By either of its names, "-p" or "--pid"; nullptr where there is none.
const OptionEntry* find_option(std::string_view name);

} // namespace tcpblame::cli
