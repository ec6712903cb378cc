/* What differs between CPython 3.8 and 3.13, given names.

   The only file that reads PY_VERSION_HEX: everything else asks for a
   capability (PFX_...) or calls a function that exists everywhere. */

#ifndef PADDLEFX_COMPAT_H
#define PADDLEFX_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <frameobject.h>
#include <stdbool.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x03080000 || PY_VERSION_HEX >= 0x030E0000
#  error "paddlefx supports CPython 3.8 to 3.13"
#endif

/* -- capabilities */

/* Frames are PyFrameObject (3.8-3.10) or _PyInterpreterFrame (3.11-). */
#if PY_VERSION_HEX >= 0x030B0000
#  define PFX_INTERPRETER_FRAMES 1
#endif

/* The evaluation function is handed the thread state (3.9-). */
#if PY_VERSION_HEX >= 0x03090000
#  define PFX_EVAL_HAS_TSTATE 1
#endif

/* Functions know their builtins (3.10-). */
#if PY_VERSION_HEX >= 0x030A0000
#  define PFX_FUNCTION_HAS_BUILTINS 1
#endif

/* Where an instance's attributes are when it has no dict yet. */
#if PY_VERSION_HEX >= 0x030D0000
#  define PFX_VALUES_IN_OBJECT 1 /* behind the header, with a valid flag */
#elif PY_VERSION_HEX >= 0x030C0000
#  define PFX_VALUES_TAGGED 1 /* one tagged word before the GC header: dict or values */
#elif PY_VERSION_HEX >= 0x030B0000
#  define PFX_VALUES_BESIDE_DICT 1 /* two words before the GC header: values, dict */
#endif

/* A dict says itself whether all its keys are str (3.11-). */
#if PY_VERSION_HEX >= 0x030B0000
#  define PFX_DICT_HAS_KIND 1
#endif

/* How a frame names its code and function. */
#if PY_VERSION_HEX >= 0x030D0000
#  define PFX_FRAME_EXECUTABLE 1 /* f_executable, f_funcobj, instr_ptr */
#elif PY_VERSION_HEX >= 0x030C0000
#  define PFX_FRAME_FUNCOBJ 1 /* f_code, f_funcobj, prev_instr */
#endif

/* The evaluation function clears the frame itself (3.12-). */
#if PY_VERSION_HEX >= 0x030C0000
#  define PFX_CALLEE_CLEARS_FRAME 1
#endif

/* Python calls and C calls have limits of their own, and an evaluation entered from C takes
   this many of the C units (3.12-; Python/ceval.c, PY_EVAL_C_STACK_UNITS). */
#if PY_VERSION_HEX >= 0x030C0000
#  define PFX_EVAL_C_UNITS 2
#endif

/* A range iterator keeps what is left to come, not an index (3.12-). */
#if PY_VERSION_HEX >= 0x030C0000
#  define PFX_RANGE_ITERATOR_SHRINKS 1
#endif

/* The garbage collector is switched by functions of C (3.10-). */
#if PY_VERSION_HEX >= 0x030A0000
#  define PFX_COLLECTOR_SWITCH 1
#endif

/* zip() takes strict (3.10-). */
#if PY_VERSION_HEX >= 0x030A0000
#  define PFX_ZIP_HAS_STRICT 1
#endif

/* -- frames, of either family */

#ifdef PFX_INTERPRETER_FRAMES
typedef struct _PyInterpreterFrame pfx_frame;
#else
typedef PyFrameObject pfx_frame;
#endif

#ifdef PFX_EVAL_HAS_TSTATE
typedef PyObject *(*pfx_eval_function)(PyThreadState *, pfx_frame *, int);
#else
typedef PyObject *(*pfx_eval_function)(pfx_frame *, int);
#endif

/* -- CPython's private structures, for the files that read them */

#ifdef PFX_NEEDS_INTERNALS
#  ifndef Py_BUILD_CORE
#    define Py_BUILD_CORE 1
#  endif
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wunused-parameter"
#  pragma GCC diagnostic ignored "-Wsign-compare"
#  pragma GCC diagnostic ignored "-Wpedantic"
#  pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#  pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#  undef _PyGC_FINALIZED
#  undef _PyObject_LookupSpecial
#  if PY_VERSION_HEX >= 0x030B0000
#    include <internal/pycore_dict.h>
#    include <internal/pycore_frame.h>
#    include <internal/pycore_object.h>
#  endif
#  if PY_VERSION_HEX >= 0x03090000
#    include <internal/pycore_interp.h>
#  endif
#  if PY_VERSION_HEX >= 0x030D0000
#    include <internal/pycore_setobject.h>
#  endif
#  include <internal/pycore_pystate.h>
#  pragma GCC diagnostic pop
#endif

/* -- the object API */

#if PY_VERSION_HEX < 0x03090000
#  define PyObject_Vectorcall _PyObject_Vectorcall
#  define Py_TPFLAGS_HAVE_VECTORCALL _Py_TPFLAGS_HAVE_VECTORCALL
static inline PyObject *
PyObject_CallOneArg(PyObject *callable, PyObject *arg)
{
    return PyObject_CallFunctionObjArgs(callable, arg, NULL);
}
#endif

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *
Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}
static inline PyObject *
Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}
#  define Py_NewRef(object) Py_NewRef((PyObject *)(object))
#  define Py_XNewRef(object) Py_XNewRef((PyObject *)(object))
#endif

/* The referent of a weak reference, borrowed; NULL when it is dead. */
static inline PyObject *
pfx_weakref_get(PyObject *reference)
{
    PyObject *object = ((PyWeakReference *)reference)->wr_object;
    return object == Py_None ? NULL : object;
}

/* The names of a code object's locals, parameters first; borrowed. */
static inline PyObject *
pfx_code_names(PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030B0000
    return code->co_localsplusnames;
#else
    return code->co_varnames;
#endif
}

/* The builtins that code running with these globals sees; borrowed, or NULL without error.
   (3.8-3.9: Objects/frameobject.c, PyFrame_New; later a function keeps them.) */
static inline PyObject *
pfx_builtins_of(PyObject *globals)
{
    PyObject *builtins = PyDict_GetItemString(globals, "__builtins__");
    if (builtins != NULL && PyModule_Check(builtins)) {
        builtins = PyModule_GetDict(builtins);
    }
    if (builtins == NULL || !PyDict_Check(builtins)) {
        builtins = PyEval_GetBuiltins();
    }
    return builtins;
}

static inline PyObject *
pfx_function_builtins(PyObject *function)
{
#ifdef PFX_FUNCTION_HAS_BUILTINS
    return ((PyFunctionObject *)function)->func_builtins;
#else
    (void)function;
    return NULL;
#endif
}

/* Whether every write to a dict gives it a new version: not where values can be written past it,
   into the instance that they lie in (3.13: Objects/dictobject.c, store_instance_attr_lock_held). */
static inline bool
pfx_dict_has_version(PyObject *dict)
{
#ifdef PFX_VALUES_IN_OBJECT
    return ((PyDictObject *)dict)->ma_values == NULL;
#else
    (void)dict;
    return true;
#endif
}

/* Of all dicts there ever were, no other had it, nor this one before its last write (PEP 509). */
static inline uint64_t
pfx_dict_version(PyObject *dict)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return ((PyDictObject *)dict)->ma_version_tag;
#pragma GCC diagnostic pop
}

/* The same of a type and the types it inherits from; 0 when it has none just now. */
static inline unsigned int
pfx_type_version(PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030D0000
    if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG)) {
        return 0;
    }
#endif
    return type->tp_version_tag;
}

/* The interpreter's evaluation function (PEP 523). */
#ifdef PFX_NEEDS_INTERNALS
static inline pfx_eval_function
pfx_get_eval(void)
{
#  ifdef PFX_EVAL_HAS_TSTATE
    return _PyInterpreterState_GetEvalFrameFunc(PyThreadState_Get()->interp);
#  else
    return PyThreadState_Get()->interp->eval_frame;
#  endif
}

static inline void
pfx_set_eval(pfx_eval_function function)
{
#  ifdef PFX_EVAL_HAS_TSTATE
    _PyInterpreterState_SetEvalFrameFunc(PyThreadState_Get()->interp, function);
#  else
    PyThreadState_Get()->interp->eval_frame = function;
#  endif
}
#endif

/* Tracers, profilers and monitoring of a thread stand aside between these two; calls nest. */
static inline void
pfx_enter_untraced(PyThreadState *tstate)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyThreadState_EnterTracing(tstate);
#else
    tstate->tracing++;
#  if PY_VERSION_HEX >= 0x030A0000
    tstate->cframe->use_tracing = 0;
#  else
    tstate->use_tracing = 0;
#  endif
#endif
}

static inline void
pfx_leave_untraced(PyThreadState *tstate)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyThreadState_LeaveTracing(tstate);
#else
    tstate->tracing--;
    int traced = tstate->c_tracefunc != NULL || tstate->c_profilefunc != NULL;
#  if PY_VERSION_HEX >= 0x030A0000
    tstate->cframe->use_tracing = traced;
#  else
    tstate->use_tracing = traced;
#  endif
#endif
}

/* Whether the thread has raised a RecursionError that it hasn't recovered from: until then it
   has 50 more frames, and the process ends at the next one (-3.9). */
static inline int
pfx_get_overflowed(void)
{
#if PY_VERSION_HEX < 0x030A0000
    return PyThreadState_Get()->overflowed;
#else
    return 0;
#endif
}

static inline void
pfx_set_overflowed(int overflowed)
{
#if PY_VERSION_HEX < 0x030A0000
    PyThreadState_Get()->overflowed = (char)overflowed;
#else
    (void)overflowed;
#endif
}

/* -- extra data of code objects */

#if PY_VERSION_HEX >= 0x030C0000
#  define pfx_code_extra_index PyUnstable_Eval_RequestCodeExtraIndex
#  define pfx_code_get_extra PyUnstable_Code_GetExtra
#  define pfx_code_set_extra PyUnstable_Code_SetExtra
#else
#  define pfx_code_extra_index _PyEval_RequestCodeExtraIndex
#  define pfx_code_get_extra _PyCode_GetExtra
#  define pfx_code_set_extra _PyCode_SetExtra
#endif

/* The exception being handled is one object, which has its type and traceback (3.11-). */
#if PY_VERSION_HEX >= 0x030B0000
#  define PFX_HANDLED_IS_ONE
#endif

#endif /* PADDLEFX_COMPAT_H */
