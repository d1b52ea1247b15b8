# Text as a part of the program, however that is linked.

# embed_text(TARGET NAMESPACE SYMBOL TEXT): TARGET has a `const std::string_view NAMESPACE::SYMBOL` that is TEXT; whoever
# uses it declares it `extern`. Where TEXT was read from files, the caller names them as what the configuration depends on.
function(embed_text target namespace symbol text)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[// Made by embed.cmake.
#include <string_view>

namespace @namespace@ {

extern const std::string_view @symbol@;
const std::string_view @symbol@ = R"embedded(@text@)embedded";

} // namespace @namespace@
]])
  target_sources(${target} PRIVATE ${source})
endfunction()
