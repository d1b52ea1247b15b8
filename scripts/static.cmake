# What is to run on any kernel, with nothing installed, is linked statically: at once, where that is asked for
# (TCPBLAME_STATIC); and once more, of the same objects, into static/ below the build, by the target `static`.
add_custom_target(static)

# It is known to the libraries by this property, too: as_linked.
function(link_statically target)
  set_target_properties(${target} PROPERTIES TCPBLAME_LINKED_STATICALLY ON)
  target_link_options(${target} PRIVATE -static)
endfunction()

# link_both_ways(TARGET LANGUAGE FOLDER LIBRARY…): the program is put into FOLDER, below the build or below its static/.
function(link_both_ways target language folder)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${folder})
  target_link_libraries(${target} PRIVATE ${ARGN})
  if(TCPBLAME_STATIC)
    link_statically(${target})
  endif()
  get_target_property(name ${target} OUTPUT_NAME)
  if(NOT name)
    set(name ${target})
  endif()
  add_executable(${target}_static EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${target}>)
  set_target_properties(${target}_static PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE ${language}
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/static/${folder})
  target_link_libraries(${target}_static PRIVATE ${ARGN})
  link_statically(${target}_static)
  add_dependencies(static ${target}_static)
endfunction()

# as_linked(VARIABLE STATIC DYNAMIC): one of two lists of libraries, by how the program is linked that they end up in.
function(as_linked variable static dynamic)
  set(is_static $<BOOL:$<TARGET_PROPERTY:TCPBLAME_LINKED_STATICALLY>>)
  set(${variable} "$<${is_static}:${static}>;$<$<NOT:${is_static}>:${dynamic}>" PARENT_SCOPE)
endfunction()
