# find_package(mistedge) gives the target mistedge::mistedge.
if(NOT TARGET mistedge::mistedge)
  get_filename_component(mistedge_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  add_library(mistedge::mistedge STATIC IMPORTED)
  set_target_properties(mistedge::mistedge PROPERTIES
    IMPORTED_LOCATION "${mistedge_prefix}/lib/libmistedge.a"
    INTERFACE_INCLUDE_DIRECTORIES "${mistedge_prefix}/include")
endif()
