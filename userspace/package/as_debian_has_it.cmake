# Run by CPack on the staged files: Debian has some at other places or in other forms than an install by hand.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(doc ${share}/doc/tcpblame)

function(compress file)
  # Without its time, so that the same page gives the same bytes.
  execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(READ ${doc}/LICENSE licence)
file(REMOVE ${doc}/LICENSE)
string(CONCAT copyright "tcpblame\n\n${licence}\n"
  "On Debian systems the text of the GNU General Public License, version 2, is in\n"
  "/usr/share/common-licenses/GPL-2.\n")
file(WRITE ${doc}/copyright "${copyright}")
file(COPY ${CMAKE_CURRENT_LIST_DIR}/changelog DESTINATION ${doc})
file(CHMOD ${doc}/copyright ${doc}/changelog PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
compress(${doc}/changelog)

file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
file(RENAME ${share}/zsh/site-functions/_tcpblame ${share}/zsh/vendor-completions/_tcpblame)
file(REMOVE_RECURSE ${share}/zsh/site-functions)

file(GLOB pages ${share}/man/man1/*.1) # none of some cross builds
foreach(page IN LISTS pages)
  compress(${page})
endforeach()
