# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# camber_add_kernels(<target> SPEC <file> [NAME <bundle>] [TARGETS <processor>…] [SCHEDULES <file>] [FLAGS <flag>…])
#
# Compiles the kernels of a file (tools/camber-compile/README.md) when <target> is built, and again when a file or the
# compiler has changed, and links them into it: its sources may include <bundle>.h and <bundle>.hpp.
#
#   <target>   an executable or library of this project. What links a library that is static, of objects or an interface
#              links its kernels, too; a call for it as well lets it include their header. install(EXPORT) of such a
#              library needs the bundle installed and found beside it (<bundle>Config.cmake is in the bundle): a shared
#              library has the kernels within.
#   NAME       of the bundle (default: the file's, without directory and extension). Targets that name the same bundle share
#              it; they must say the same of it.
#   TARGETS    what to compile for, before what the file says: x86-64-v3, x86-64-v4, sm_80, …; one of them a processor, for
#              the library that is linked is its code
#   SCHEDULES  a table of tiles and schedules (camber-compile --tune) that comes before the built-in one
#   FLAGS      more flags of camber-compile, of those that describe no kernel and name no file it reads: --jobs, --cache, …
#
# The bundle is camber/<bundle> in the build directory of the list file that first names it.
function(camber_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 kernels "" "SPEC;NAME;SCHEDULES" "TARGETS;FLAGS")
  set(call "camber_add_kernels(${target} …)")
  if(kernels_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${call}: unknown arguments: ${kernels_UNPARSED_ARGUMENTS}")
  endif()
  if(kernels_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${call}: nothing follows ${kernels_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "${call}: there is no target '${target}'; add_executable or add_library comes first")
  endif()
  if(NOT kernels_SPEC)
    message(FATAL_ERROR "${call}: which kernels? Pass SPEC <file>")
  endif()
  foreach(keyword IN ITEMS SPEC SCHEDULES)
    if(kernels_${keyword})
      get_filename_component(kernels_${keyword} "${kernels_${keyword}}" ABSOLUTE)
      if(NOT EXISTS "${kernels_${keyword}}")
        message(FATAL_ERROR "${call}: there is no file '${kernels_${keyword}}'")
      endif()
    endif()
  endforeach()
  if(NOT kernels_NAME)
    get_filename_component(kernels_NAME "${kernels_SPEC}" NAME_WLE)
  endif()
  set(flags --spec=${kernels_SPEC} --name=${kernels_NAME} ${kernels_FLAGS})
  if(kernels_SCHEDULES)
    list(APPEND flags --schedules=${kernels_SCHEDULES})
  endif()
  if(kernels_TARGETS)
    string(REPLACE ";" "," targets "${kernels_TARGETS}")
    list(APPEND flags --target=${targets})
  endif()

  set(processors ${kernels_TARGETS})
  list(FILTER processors EXCLUDE REGEX "^sm_")
  if(kernels_TARGETS AND NOT processors)
    message(FATAL_ERROR "${call}: TARGETS has devices only (${kernels_TARGETS}), and the library that is linked is code for "
                        "a processor; add native, x86-64-v3 or another")
  endif()

  set(library camber_kernels_${kernels_NAME})
  if(NOT TARGET ${library})
    set(directory ${CMAKE_CURRENT_BINARY_DIR}/camber/${kernels_NAME})
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/camber)
    set(archive ${directory}/lib/lib${kernels_NAME}.a)
    add_custom_command(
      OUTPUT ${archive} ${directory}/manifest.json ${directory}/include/${kernels_NAME}.h ${directory}/include/${kernels_NAME}.hpp
      COMMAND Camber::camber-compile ${flags} --force -o ${directory}
      DEPENDS ${kernels_SPEC} ${kernels_SCHEDULES} Camber::camber-compile
      COMMENT "Compiling the attention kernels of ${kernels_NAME}"
      VERBATIM)
    add_custom_target(${library}_bundle DEPENDS ${archive})
    add_library(${library} INTERFACE)
    add_dependencies(${library} ${library}_bundle)
    target_include_directories(${library} INTERFACE ${directory}/include)
    target_link_libraries(${library} INTERFACE ${archive})
    set_target_properties(${library} PROPERTIES INTERFACE_CAMBER_FLAGS "${flags}")
  else()
    get_target_property(others ${library} INTERFACE_CAMBER_FLAGS)
    if(NOT others STREQUAL flags)
      message(FATAL_ERROR "${call}: bundle '${kernels_NAME}' is already made with other arguments (${others}, not "
                          "${flags}); give one of them another NAME")
    endif()
  endif()
  # As target_link_libraries does, which refuses PRIVATE for targets that were given libraries without such a word.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${library})
    return()
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES ${library})
  if(type MATCHES "^(STATIC|OBJECT)_LIBRARY$")
    set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES $<LINK_ONLY:${library}>)
  endif()
endfunction()
