/* What the files of the extension share: its types, its state, its functions. */

#ifndef PADDLEFX_H
#define PADDLEFX_H

#include "compat.h"

/* -- guards.c */

typedef struct pfx_step pfx_step;
typedef struct pfx_witness pfx_witness;

typedef struct {
    PyObject_HEAD
    bool dead;             /* something it holds weakly is gone: never true again */
    int nregisters;
    Py_ssize_t nsteps;
    pfx_step *steps;
    PyObject *death;       /* the weak references' callback; it points back at this */
    PyObject *references;  /* list of the weak references */
    PyObject *on_dead;     /* called with this program when it dies; or NULL */
    pfx_witness *witness;  /* of a time when the guards held; or NULL */
    int running;           /* evaluations that are reading the witness */
    unsigned int patience; /* evaluations that hold before a witness is made */
    unsigned int waited;   /* of these, so far */
    PyObject *weakrefs;
} pfx_guards;

/* What guards are evaluated against. Everything is borrowed. */
typedef struct {
    PyObject *const *locals; /* co_varnames order; NULL or UNBOUND where unbound */
    Py_ssize_t nlocals;
    PyObject *const *cells;  /* of the free variables */
    Py_ssize_t ncells;
    PyObject *globals;
    PyObject *builtins;      /* NULL: what the globals say */
} pfx_scope;

/* Where an evaluation stopped. */
typedef struct {
    Py_ssize_t step;
    PyObject *found; /* new reference or NULL */
} pfx_failure;

extern PyTypeObject pfx_guards_type;
extern PyTypeObject pfx_death_type;

/* True if all guards hold. No Python code runs, no error is raised; failure may be NULL. */
bool pfx_guards_check(pfx_guards *program, const pfx_scope *scope, pfx_failure *failure);

/* A list of (step, what it looked at) of every check that fails; it ends at a step that can't be
   taken. Empty when the program is dead or all guards hold. */
PyObject *pfx_guards_failures(pfx_guards *program, const pfx_scope *scope);

/* -- reads.c: reading objects without running anybody's Python code */

/* Found: 1 and a new reference in *value. Not there: 0. Never raises. */
int pfx_read_dict(PyObject *dict, PyObject *key, PyObject **value);
int pfx_read_attribute(PyObject *object, PyObject *name, PyObject **value);
int pfx_read_item(PyObject *container, PyObject *key, Py_ssize_t index, bool by_index,
                  PyObject **value);

/* -- instances.c */

int pfx_read_instance(PyObject *object, PyObject *key, PyObject **value);

/* A word or byte of memory, and what is in it. */
typedef struct {
    const void *address;
    size_t size;
    uintptr_t value;
} pfx_word;

/* Where an instance's own attribute is looked up: as long as the words are unchanged, it is in
   `dict`, or, if that is NULL, it is `value` (borrowed, NULL for nothing). */
typedef struct {
    pfx_word words[2];
    int nwords; /* 0: that can't be told from memory */
    PyObject *dict;
    PyObject *value;
} pfx_location;

void pfx_locate_instance(PyObject *object, PyObject *key, pfx_location *found);

/* The dict of an instance, borrowed; NULL without error when it has none. */
PyObject *pfx_instance_dict(PyObject *object);

/* Whether two constants (sets count as such) have the same type and value, floats bit for bit,
   and so have their parts. */
bool pfx_same_constant(PyObject *found, PyObject *expected);

/* Whether pfx_same_constant can take this as its expected constant. */
bool pfx_is_constant(PyObject *object);

/* The length of a builtin container or of a subclass; -1 for others. */
Py_ssize_t pfx_length(PyObject *object);

/* Whether a dict has exactly these constant keys in this order of iteration. */
bool pfx_has_keys(PyObject *dict, PyObject *keys);
/* The same of a set and its elements. */
bool pfx_has_elements(PyObject *set, PyObject *elements);

/* -- tensors.c: the framework's tensors through its own C++ accessors */

typedef struct { /* paddle/common/ddim.h */
    int64_t sizes[9];
    int rank;
} pfx_dims;

typedef struct {
    PyTypeObject *type;      /* NULL: tensors are read through their attributes only */
    const void *dense_table; /* the virtual table of dense tensors */
    const pfx_dims *(*dims)(const void *tensor);
    int (*dtype)(const void *tensor);
} pfx_tensors;

typedef enum {
    PFX_TENSOR_UNREAD,    /* of another type, or the accessors aren't known */
    PFX_TENSOR_NOT_DENSE, /* sparse, without contents, of strings ... */
    PFX_TENSOR_DENSE,
} pfx_tensor_kind;

/* What a tensor is; of a dense one also what the two functions below take. */
pfx_tensor_kind pfx_read_tensor(PyObject *object, const void **tensor);
const pfx_dims *pfx_tensor_dims(const void *tensor);
int pfx_tensor_dtype(const void *tensor);

extern PyMethodDef pfx_tensors_methods[];

/* -- sets.c */

/* Whether two exact sets or frozensets have the same tables of the same constants. */
bool pfx_same_table(PyObject *object, PyObject *expected);

extern PyMethodDef pfx_sets_methods[];

/* -- fingerprint.c */

extern PyMethodDef pfx_fingerprint_methods[];

/* -- collector.c */

extern PyMethodDef pfx_collector_methods[];

/* -- finite.c */

extern PyMethodDef pfx_finite_methods[];

/* -- iterators.c: what built-in iterators will give, without moving them */

/* What a part of an iterator is called in guards. */
enum { PFX_PART_OVER, PFX_PART_INDEX, PFX_PART_INNER };

/* The value behind the next `ahead` ones: 1 and a new reference in *value; 0 when the iterator
   ends before it; -1 without error when that can't be told. */
int pfx_read_upcoming(PyObject *iterator, Py_ssize_t ahead, PyObject **value);

/* PFX_PART_OVER: the container it goes over. PFX_PART_INDEX: the next index of enumerate(),
   the kind of an iterator of an OrderedDict. PFX_PART_INNER and above: the iterators that enumerate() and zip() take from. Found: true and
   a new reference. Never raises. */
bool pfx_read_iterator_part(PyObject *iterator, Py_ssize_t part, PyObject **value);

extern PyMethodDef pfx_iterators_methods[];

/* -- cache.c */

typedef struct {
    PyObject_HEAD
    pfx_guards *guards;
    PyObject *function; /* what runs; NULL or None for the plain function */
    PyObject *code;     /* what the hook runs in place; or NULL */
    uint64_t hits;
    bool valid;
    bool plain;
    PyObject *weakrefs;
} pfx_entry;

typedef struct {
    PyObject_HEAD
    PyObject *code;      /* weak reference */
    PyObject *translate; /* or NULL */
    PyObject *entries;   /* tuple of pfx_entry, replaced as a whole */
    pfx_entry *latest;   /* the last that was hit; borrowed, only compared */
    PyObject *weakrefs;
} pfx_cache;

extern PyTypeObject pfx_entry_type;
extern PyTypeObject pfx_cache_type;

/* The first valid entry whose guards hold, or NULL without error; a new reference. As a hit it
   counts, and may go to the front. */
pfx_entry *pfx_cache_find(pfx_cache *cache, const pfx_scope *scope, bool counts);
PyObject *pfx_cache_new(PyObject *code, PyObject *translate);

/* translate(cache, state) with the hook off on this thread: new reference, None (also where the
   stack has no room for it) or NULL. */
PyObject *pfx_translate(pfx_cache *cache, PyObject *translate, PyObject *state);

/* Whether the error that is set is a RecursionError, which is cleared: what we run ourselves found
   too little stack, where the user's program may need no more. What pfx_get_overflowed() gave
   before is in force again. */
bool pfx_out_of_stack(int overflowed);

/* Whether this thread is inside a translation for this cache. */
bool pfx_is_translating(const pfx_cache *cache);

/* -- frame_state.c */

extern PyTypeObject pfx_frame_state_type;

/* A FrameState of this scope; function may be NULL. */
PyObject *pfx_frame_state_new(PyCodeObject *code, const pfx_scope *scope, PyObject *function);

/* What it says, borrowed. */
pfx_scope pfx_frame_state_scope(PyObject *state);

/* -- bind.c */

#define PFX_FEW_PARAMETERS 16

/* The arguments of a call, bound to the parameters: what the frame would start with. */
typedef struct {
    PyObject *const *values; /* co_varnames order; NULL where unbound */
    Py_ssize_t count;
    PyObject **owned;        /* the same, when it had to be made; else NULL */
    PyObject *few[PFX_FEW_PARAMETERS];
} pfx_binding;

/* False without error when the call doesn't fit the signature (or memory is out). */
bool pfx_bind(PyObject *function, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
              pfx_binding *binding);
void pfx_unbind(pfx_binding *binding);

/* -- dispatch.c */

extern PyTypeObject pfx_dispatcher_type;
extern PyTypeObject pfx_bound_dispatcher_type;

/* A call of a dispatcher that is not bound; what it gives may be a continuation. */
PyObject *pfx_dispatch(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames);

/* Code as a function with the globals and the closure of another. */
PyObject *pfx_closed_over(PyObject *code, PyObject *function);

/* -- continuation.c */

extern PyTypeObject pfx_continuation_type;
extern PyMethodDef pfx_continuation_methods[];

/* Makes the calls that compiled code left to be made, until there is a result (or NULL). */
PyObject *pfx_continue(PyObject *result);

/* -- builtins.c */

extern PyMethodDef pfx_builtins_methods[];

/* -- hook.c */

extern PyMethodDef pfx_hook_methods[];

/* -- classes.c */

extern PyMethodDef pfx_class_methods[];

/* What is known of a code object, kept in its co_extra: a CodeCache (new reference), None for
   one that the hook leaves alone, NULL without error when nothing is known. */
PyObject *pfx_verdict(PyCodeObject *code);
int pfx_set_verdict(PyCodeObject *code, PyObject *verdict);

/* Makes the hook skip what was compiled, a function or code object, unless something is known
   of it or it is `code` itself; others are ignored. */
int pfx_leave_alone(PyObject *compiled, PyObject *code);

/* What the hook does with a frame; called by the evaluation function of the frame's family. */
PyObject *pfx_hook_frame(PyThreadState *tstate, pfx_frame *frame);

/* -- frame_legacy.c (3.8-3.10), frame_interp.c (3.11-): the same functions for two families */

#define PFX_FEW_LOCALS 24

/* A frame before its first instruction, read. */
typedef struct {
    pfx_scope scope;
    PyObject **made; /* the locals, when they had to be gathered; else NULL */
    PyObject *few[PFX_FEW_LOCALS];
} pfx_reading;

/* Of a generator that doesn't run: part 0, where it stands; the others, its local variables and
   cells. Found: true and a new reference. */
bool pfx_read_generator(PyObject *generator, Py_ssize_t part, PyObject **value);

PyCodeObject *pfx_frame_code(pfx_frame *frame);
PyObject *pfx_frame_function(pfx_frame *frame); /* borrowed, or NULL */

/* Whether it is a function's own, fresh frame: no generator's, class's or module's. */
bool pfx_frame_is_plain(pfx_frame *frame);

/* Fills reading with borrowed references; false with an error set. */
bool pfx_frame_read(pfx_frame *frame, pfx_reading *reading);
void pfx_frame_unread(pfx_reading *reading);

/* Evaluates it as the interpreter would. */
PyObject *pfx_frame_run(PyThreadState *tstate, pfx_frame *frame);

/* Evaluates another code object with the same parameters and free variables in its place. */
bool pfx_frame_fits(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code);
PyObject *pfx_frame_run_as(PyThreadState *tstate, pfx_frame *frame, PyCodeObject *code);

/* Ends it with a result that was had otherwise (a reference it takes; NULL: an error is set). */
PyObject *pfx_frame_finish(PyThreadState *tstate, pfx_frame *frame, PyObject *result);

/* Puts the hook in as the interpreter's evaluation function, and what was there back. */
void pfx_frame_install(void);
void pfx_frame_uninstall(void);
bool pfx_frame_is_installed(void);

/* -- module.c: all the state there is */

extern PyTypeObject pfx_unbound_type;

typedef struct pfx_translating {
    const pfx_cache *cache;
    struct pfx_translating *outer;
} pfx_translating;

/* Per thread. */
typedef struct {
    int disabled;                 /* set_enabled(False): dispatchers and hook stand aside */
    int hook_depth;               /* nested call_hooked */
    int hook_paused;              /* translations under way */
    int dispatches;               /* nested calls through dispatchers */
    int evaluations;              /* nested in C because the hook is installed (3.11-) */
    pfx_translating *translating; /* the innermost */
    PyObject *frame_callback; /* of the innermost hooked_by() call; borrowed, or NULL */
    PyObject *entering; /* the continuation being made whose function hasn't begun; borrowed */
} pfx_thread;

/* Per process. */
typedef struct {
    PyObject *unbound;        /* the sentinel of an unbound local */
    PyObject *empty_tuple;
    PyObject *name_dtype;
    PyObject *name_shape;
    PyObject *name_stop_gradient;
    PyObject *name_place;
    PyObject *name_equals;
    PyObject *name_getattr;
    PyObject *name_fget;
    PyObject *name_is_dense;
    pfx_tensors tensors;
    getattrofunc thread_local_getattr; /* of threading.local */
    PyObject *frame_callback; /* callback(code, globals) -> CodeCache or None; or NULL */
    Py_ssize_t extra_index;   /* our slot of co_extra */
    Py_ssize_t hooked_calls;  /* over all threads: the hook is installed while > 0 */
    Py_ssize_t suspensions;   /* of the installed hook, by recursion too deep for C */
    pfx_eval_function previous_eval; /* what evaluated frames before the hook */
    PyCodeObject *return_code;       /* frame_interp.c: returns what is on its stack */
    const void *general_lookup; /* a dict's look-up function once it has keys that are no str */
    struct {
        PyObject *compile; /* the originals, NULL before they are asked for */
        PyObject *exec;
        PyObject *eval;
        PyObject *transform;
    } builtins; /* builtins.c */
    uint64_t cache_hits;
    uint64_t cache_misses;
    uint64_t plain_calls;     /* dispatched calls that ran the plain function */
    uint64_t hook_frames;     /* frames the hook looked at */
    uint64_t hook_replaced;   /* of these, run with an entry's code in place */
    uint64_t hook_called;     /* of these, run by calling an entry's function */
    uint64_t hook_misses;
    uint64_t hook_skipped;
} pfx_state;

extern pfx_state pfx;
extern __thread pfx_thread pfx_this_thread __attribute__((tls_model("initial-exec")));

/* Whether the hook looks at the frames of this thread. */
static inline bool
pfx_hook_is_active(void)
{
    return pfx_this_thread.hook_depth > 0 && !pfx_this_thread.disabled
           && !pfx_this_thread.hook_paused;
}

#endif /* PADDLEFX_H */
