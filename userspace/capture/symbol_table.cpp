#include "capture/symbol_table.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostSymbols = std::size_t{1} << 24; ///< a browser with all its debug symbols has 2 million
constexpr std::uint64_t kUnsizedReach = 4096;              ///< a label of hand-written assembly goes no farther
constexpr int kNestingLooked = 64;

Elf_Scn* section_of_type(Elf* elf, std::uint32_t type, GElf_Shdr& header) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section))
        if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type && header.sh_entsize != 0)
            return section;
    return nullptr;
}

std::vector<bool> executable_sections(Elf* elf) {
    std::vector<bool> executable;
    GElf_Shdr header;
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
        executable.resize(elf_ndxscn(section) + 1);
        executable.back() = gelf_getshdr(section, &header) != nullptr && (header.sh_flags & SHF_EXECINSTR) != 0;
    }
    return executable;
}

bool is_function(const GElf_Sym& symbol, const std::vector<bool>& executable) {
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS || symbol.st_value == 0) return false;
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (type == STT_FUNC || type == STT_GNU_IFUNC) return true;
    return type == STT_NOTYPE && symbol.st_shndx < executable.size() && executable[symbol.st_shndx];
}

std::size_t leading_underscores(std::string_view name) { return std::min(name.find_first_not_of('_'), name.size()); }

} // namespace

bool SymbolTable::add(Elf* elf, std::uint32_t section_type) {
    GElf_Shdr header;
    Elf_Scn* section = section_of_type(elf, section_type, header);
    Elf_Data* data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
    if (data == nullptr || data->d_buf == nullptr) return false;
    const std::vector<bool> executable = executable_sections(elf);
    const auto file = static_cast<std::uint8_t>(files_.size());
    files_.push_back({elf, header.sh_link});
    const std::size_t count = std::min<std::size_t>(data->d_size / header.sh_entsize, kMostSymbols);
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
        if (!is_function(symbol, executable)) continue;
        const auto size = std::min<std::uint64_t>(symbol.st_size, std::numeric_limits<std::uint32_t>::max());
        symbols_.push_back({symbol.st_value, static_cast<std::uint32_t>(size), symbol.st_name, file,
                            static_cast<std::uint8_t>(GELF_ST_BIND(symbol.st_info))});
    }
    return true;
}

void SymbolTable::sort() {
    std::sort(symbols_.begin(), symbols_.end(),
              [](const Symbol& one, const Symbol& other) { return one.address < other.address; });
    symbols_.shrink_to_fit();
}

std::string_view SymbolTable::name_of(const Symbol& symbol) const {
    const NamedFile& file = files_[symbol.file];
    const char* name = elf_strptr(file.elf, file.strings, symbol.name); // checked: ends within its section
    return name != nullptr ? std::string_view(name) : std::string_view();
}

bool SymbolTable::is_better(const Symbol& one, const Symbol& other) const {
    const auto rank = [this](const Symbol& symbol) {
        const std::string_view name = name_of(symbol);
        // "$x", "$d": marks of ARM's code and data; "write" rather than "__write"; then any fixed order.
        return std::tuple(name.empty() || name.front() == '$', symbol.size == 0, leading_underscores(name),
                          symbol.binding == STB_LOCAL, name.size(), name);
    };
    return rank(one) < rank(other);
}

/// `index` is of the last symbol with its address that covers `address`.
FoundSymbol SymbolTable::best_like(std::size_t index, std::uint64_t address) const {
    std::size_t best = index;
    for (int step = 0; index-- > 0 && step < kNestingLooked; ++step) {
        const Symbol& symbol = symbols_[index];
        if (symbol.address != symbols_[best].address) break;
        const bool covers = symbol.size == 0 || address - symbol.address < symbol.size;
        if (covers && is_better(symbol, symbols_[best])) best = index;
    }
    const std::string_view name = name_of(symbols_[best]);
    if (name.empty() || name.front() == '$') return {};
    return {std::string(name), symbols_[best].address};
}

FoundSymbol SymbolTable::find(std::uint64_t address) const {
    const auto after =
        std::upper_bound(symbols_.begin(), symbols_.end(), address,
                         [](std::uint64_t wanted, const Symbol& symbol) { return wanted < symbol.address; });
    auto index = static_cast<std::size_t>(after - symbols_.begin());
    // A function may have labels, or other functions, within it: the nearest one that reaches the address.
    std::size_t label = symbols_.size();
    for (int step = 0; index-- > 0 && step < kNestingLooked; ++step) {
        const Symbol& symbol = symbols_[index];
        if (symbol.size > 0 && address - symbol.address < symbol.size) return best_like(index, address);
        if (symbol.size == 0 && label == symbols_.size() && step == 0 && address - symbol.address < kUnsizedReach)
            label = index;
    }
    return label < symbols_.size() ? best_like(label, address) : FoundSymbol{};
}

} // namespace tcpblame::capture
