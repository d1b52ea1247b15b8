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

set(etc ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc)
set(units ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/lib/systemd/system)
file(MAKE_DIRECTORY ${etc}/tcpblame ${etc}/logrotate.d ${units})
file(RENAME ${share}/tcpblame/agent.toml ${etc}/tcpblame/agent.toml)
file(RENAME ${share}/tcpblame/tcpblame.logrotate ${etc}/logrotate.d/tcpblame)
file(RENAME ${share}/tcpblame/tcpblame.service ${units}/tcpblame.service)

file(GLOB pages ${share}/man/man*/*.[0-9]) # none of some cross builds
foreach(page IN LISTS pages)
  compress(${page})
endforeach()
