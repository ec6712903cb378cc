"""Which modules of CPython's test suite are run by ``regrtest.py``, and what is not compared.

All that runs as root on Linux without resources (``-u``), in some seconds and with a steady
outcome is here. Left out: what sleeps, waits or writes for longer (test_io, test_logging,
test_tarfile, test_zipfile, test_selectors, test_email, ...), what needs processes, sockets or a
terminal more than Python code (test_multiprocessing_*, test_concurrent_futures, test_asyncio,
test_socket, test_ssl, test_subprocess, test_pty, ...), what only skips here (test_winreg, ...).
"""

from __future__ import annotations

from typing import Dict, Tuple

__all__ = ["ABSENT", "EXECUTED", "LEFT_OUT", "MEASURE_BYTECODE", "MEASURE_FRAMES", "MODULES"]

#: Those that issue 3 names: of the language, and of the modules built most on it.
NAMED: Tuple[str, ...] = tuple(
    """
test_grammar test_scope test_generators test_genexps test_coroutines test_asyncgen test_contextlib
test_with test_exceptions test_exception_variations test_except_star test_patma test_type_params
test_type_aliases test_unpack_ex test_fstring test_listcomps test_dictcomps test_setcomps
test_dataclasses test_enum test_functools test_itertools test_collections test_typing
test_traceback test_sys_settrace test_monitoring
""".split()
)

#: And the others.
MODULES: Tuple[str, ...] = NAMED + tuple(
    """
test__interpchannels test__opcode test_abc test_abstract_numbers test_aifc test_argparse
test_array test_ast test_atexit test_augassign test_base64 test_baseexception test_bdb test_binhex
test_binop test_bisect test_bool test_bufio test_builtin test_bytes test_calendar test_call
test_cgi test_cgitb test_charmapcodec test_class test_cmath test_cmd test_code test_code_module
test_codeccallbacks test_codecencodings_cn test_codecencodings_hk test_codecencodings_iso2022
test_codecencodings_jp test_codecencodings_kr test_codecencodings_tw test_codecs test_codeop
test_colorsys test_compare test_compile test_compiler_assemble test_compiler_codegen test_complex
test_configparser test_contains test_context test_contextlib_async test_copy test_copyreg
test_cprofile test_crypt test_csv test_datetime test_dbm test_dbm_dumb test_decimal
test_decorators test_defaultdict test_deque test_descr test_descrtut test_dict test_dict_version
test_dictviews test_difflib test_dis test_doctest test_dynamic test_dynamicclassattribute
test_enumerate test_eof test_epoll test_errno test_exception_group test_exception_hierarchy
test_extcall test_fcntl test_file test_filecmp test_fileinput test_fileio test_finalization
test_float test_flufl test_fnmatch test_format test_fractions test_frame test_frozen
test_funcattrs test_gc test_generator_stop test_genericalias test_genericclass test_genericpath
test_getopt test_getpass test_getpath test_gettext test_glob test_global test_graphlib test_grp
test_gzip test_hash test_hashlib test_heapq test_hmac test_html test_htmlparser
test_http_cookiejar test_http_cookies test_httplib test_imghdr test_imp test_import test_index
test_inspect test_int test_int_literal test_ipaddress test_isinstance test_iter test_iterlen
test_json test_keyword test_keywordonlyarg test_linecache test_list test_locale test_long
test_longexp test_mailcap test_marshal test_math test_memoryio test_memoryview test_metaclass
test_mimetypes test_minidom test_mmap test_module test_modulefinder test_multibytecodec
test_named_expressions test_netrc test_ntpath test_numeric_tower test_opcache test_opcodes
test_openpty test_operator test_optparse test_ordered_dict test_pdb test_peepholer
test_pep646_syntax test_perfmaps test_picklebuffer test_pickletools test_pipes test_pkg
test_pkgutil test_platform test_plistlib test_positional_only_arg test_posixpath test_pow
test_pprint test_print test_profile test_property test_pstats test_pulldom test_pwd
test_py_compile test_pyexpat test_quopri test_raise test_random test_range test_re test_reprlib
test_resource test_richcmp test_robotparser test_runpy test_sax test_sched test_script_helper
test_secrets test_shlex test_site test_slice test_sndhdr test_sort test_source_encoding test_stat
test_strftime test_string test_string_literals test_stringprep test_strptime test_strtod
test_struct test_structseq test_subclassinit test_sunau test_super test_symtable test_syntax
test_sys test_sys_setprofile test_sysconfig test_syslog test_tabnanny test_telnetlib test_textwrap
test_threadedtempfile test_threading_local test_time test_timeit test_tokenize test_tomllib
test_trace test_tuple test_type_annotations test_type_cache test_type_comments test_typechecks
test_types test_ucn test_unary test_unicode_file test_unicode_file_functions
test_unicode_identifiers test_unicodedata test_unittest test_univnewlines test_unpack test_unparse
test_urllib test_urllib2 test_urllib_response test_urlparse test_userdict test_userlist
test_userstring test_utf8_mode test_utf8source test_uu test_uuid test_warnings test_wave
test_weakset test_webbrowser test_wsgiref test_xdrlib test_xml_dom_minicompat test_xml_etree
test_xxtestfuzz test_yield_from test_zipapp test_zipimport_support test_zlib
""".split()
)

_REASONS: Dict[str, str] = {
    "removed in 3.13 (PEP 594)": (
        "test_aifc test_cgi test_cgitb test_crypt test_imghdr test_mailcap test_pipes "
        "test_sndhdr test_sunau test_telnetlib test_uu test_xdrlib"
    ),
    "removed in 3.12": ("test_imp"),
    "the module was removed in 3.11": ("test_binhex"),
    "`except*` and exception groups are new in 3.11 (PEP 654)": (
        "test_except_star test_exception_group"
    ),
    "`match` is new in 3.10 (PEP 634)": ("test_patma"),
    "type parameters are new in 3.12 (PEP 695)": ("test_type_params test_type_aliases"),
    "sys.monitoring is new in 3.12 (PEP 669)": ("test_monitoring"),
    "`*args: *Ts` is new in 3.11 (PEP 646)": ("test_pep646_syntax"),
    "the module or what it tests is new in 3.9": ("test_genericalias test_graphlib test_unparse"),
    "the test module is new in 3.10": ("test_opcache test_type_annotations"),
    "the module or what it tests is new in 3.11": ("test_getpath test_tomllib test_type_cache"),
    "what it tests is new in 3.12": ("test_compiler_assemble test_compiler_codegen test_perfmaps"),
    "what it tests is new in 3.13": ("test__interpchannels"),
}
#: Module -> why a version may not have it. One that is missing without a reason is an error.
ABSENT: Dict[str, str] = {
    module: reason for reason, modules in _REASONS.items() for module in modules.split()
}

#: Test id -> why it measures the bytecode itself, so that re-emitted code may give another
#: outcome.
MEASURE_BYTECODE: Dict[str, str] = {}

#: Those whose functions run through the executor: of the language, its types and the library
#: that is built most on it.
EXECUTED: Tuple[str, ...] = tuple(
    """
test_grammar test_generators test_genexps test_listcomps test_dictcomps test_setcomps test_with
test_exceptions test_exception_variations test_except_star test_raise test_patma test_scope
test_funcattrs test_decorators test_keywordonlyarg test_positional_only_arg
test_extcall test_unpack test_unpack_ex test_named_expressions test_fstring test_augassign
test_binop test_compare test_richcmp test_contains test_isinstance test_class test_descr
test_super test_property test_metaclass test_subclassinit test_dynamicclassattribute
test_type_params test_bool test_int test_float test_complex test_range test_slice test_index
test_list test_tuple test_dict test_dictviews test_set test_deque test_defaultdict
test_ordered_dict test_iter test_iterlen test_enumerate test_itertools test_functools
test_operator test_builtin test_contextlib test_dataclasses test_enum test_collections test_copy
test_string test_format test_math test_heapq test_bisect test_sort test_fractions
test_reprlib test_textwrap test_types test_opcache test_global test_dynamic test_print
test_generator_stop test_string_literals test_flufl test_pow test_call test_hash
""".split()
)

#: Tests that measure the interpreter's own frames, references or stack -> what they measure.
MEASURE_FRAMES: Dict[str, str] = {
    f"test.{test}": reason
    for reason, tests in {
        "lines that a trace function sees: compiled code is another code object": """
            test_patma.TestTracing.test_default_wildcard
            test_patma.TestTracing.test_no_default
            test_patma.TestTracing.test_default_capture
            test_patma.TestTracing.test_only_default_wildcard
            test_patma.TestTracing.test_only_default_capture
            test_patma.TestTracing.test_unreachable_code
        """,
        "sys.getrefcount()": """
            test_enumerate.TestReversed.test_bug1229429
        """,
        "the memory of a dict, which depends on how it was filled": """
            test_dict.DictTest.test_splittable_popitem
            test_dict.DictTest.test_splittable_setattr_after_pop
            test_descr.SharedKeyTests.test_subclasses
        """,
        "how many objects the process has, of which capture makes some": """
            test_descr.ClassPropertiesAndMethods.test_slots
        """,
        "the processor time of a call, of which the first has compilation in it": """
            test_int.IntStrDigitLimitsTests.test_denial_of_service_prevented_int_to_str
            test_int.IntStrDigitLimitsTests.test_denial_of_service_prevented_str_to_int
            test_int.IntSubclassStrDigitLimitsTests.test_denial_of_service_prevented_int_to_str
            test_int.IntSubclassStrDigitLimitsTests.test_denial_of_service_prevented_str_to_int
        """,
        "the line at which a frame that has ended stood last, not that of its traceback": """
            test_exceptions.PEP626Tests.test_lineno_after_other_except
            test_exceptions.PEP626Tests.test_lineno_in_try
        """,
        "what _testcapi puts in the place of a function's own way to be called (3.12)": """
            test_call.TestPEP590.test_setvectorcall
            test_call.TestPEP590.test_setvectorcall_load_attr_specialization_skip
            test_call.TestPEP590.test_setvectorcall_load_attr_specialization_deopt
        """,
        "which of two equal strings is the interned one": """
            test_dict.DictTest.test_str_nonstr
            test_class.ClassTests.testSetattrWrapperNameIntern
            test_operator.PyOperatorTestCase.test_is
            test_operator.PyOperatorTestCase.test_is_not
            test_operator.COperatorTestCase.test_is
            test_operator.COperatorTestCase.test_is_not
        """,
        "what the interpreter has specialised in a function's own code, and in an object (3.13)": """
            test_opcache.TestCallCache.test_assign_init_code
            test_opcache.TestRacesDoNotCrash.test_binary_subscr_getitem
            test_opcache.TestRacesDoNotCrash.test_binary_subscr_list_int
            test_opcache.TestRacesDoNotCrash.test_for_iter_gen
            test_opcache.TestRacesDoNotCrash.test_for_iter_list
            test_opcache.TestRacesDoNotCrash.test_load_attr_class
            test_opcache.TestRacesDoNotCrash.test_load_attr_getattribute_overridden
            test_opcache.TestRacesDoNotCrash.test_load_attr_instance_value
            test_opcache.TestRacesDoNotCrash.test_load_attr_method_lazy_dict
            test_opcache.TestRacesDoNotCrash.test_load_attr_method_no_dict
            test_opcache.TestRacesDoNotCrash.test_load_attr_method_with_values
            test_opcache.TestRacesDoNotCrash.test_load_attr_module
            test_opcache.TestRacesDoNotCrash.test_load_attr_property
            test_opcache.TestRacesDoNotCrash.test_load_attr_with_hint
            test_opcache.TestRacesDoNotCrash.test_load_global_module
            test_opcache.TestRacesDoNotCrash.test_store_attr_instance_value
            test_opcache.TestRacesDoNotCrash.test_store_attr_with_hint
            test_opcache.TestRacesDoNotCrash.test_store_subscr_list_int
            test_opcache.TestRacesDoNotCrash.test_unpack_sequence_list
            test_opcache.TestInstanceDict.test_values_on_instance
            test_opcache.TestInstanceDict.test_dict_dematerialization
            test_opcache.TestInstanceDict.test_dict_dematerialization_copy
            test_opcache.TestInstanceDict.test_dict_dematerialization_pickle
            test_opcache.TestInstanceDict.test_dict_dematerialization_subclass
        """,
        "which of two equal tuples of arguments a call is given": """
            test_call.TestPEP590.test_vectorcall_override
        """,
    }.items()
    for test in tests.split()
}

#: Tests that neither run has, because paddlefx can't live with what they do -> what that is.
LEFT_OUT: Dict[str, str] = {
    f"test.{test}": reason
    for reason, tests in {
        "takes iter and reversed away, with which paddlefx runs too": """
            test_iter.TestCase.test_reduce_mutating_builtins_iter
        """,
        "gives int another meaning, also for paddlefx": """
            test_builtin.TestBreakpoint.test_envar_good_path_builtin
        """,
        "gives len another meaning, also for paddlefx": """
            test_dynamic.RebindBuiltinsTests.test_modify_builtins
            test_dynamic.RebindBuiltinsTests.test_modify_builtins_from_leaf_function
            test_dynamic.RebindBuiltinsTests.test_modify_builtins_while_generator_active
            test_dynamic.RebindBuiltinsTests.test_cannot_replace_builtins_dict_while_active
            test_dynamic.RebindBuiltinsTests.test_cannot_replace_builtins_dict_between_calls
        """,
    }.items()
    for test in tests.split()
}
