/* The steps of a guard program: what guard_build.c makes, guard_eval.c runs. */

#ifndef PADDLEFX_GUARD_STEPS_H
#define PADDLEFX_GUARD_STEPS_H

#include "paddlefx.h"

typedef enum {
    LOAD_LOCAL,
    LOAD_GLOBAL,
    LOAD_CELL,
    LOAD_CELL_OBJECT,
    LOAD_OBJECT,
    LOAD_HANDLED,
    LOAD_ATTRIBUTE,
    LOAD_INSTANCE_DICT,
    LOAD_INSTANCE_ITEM,
    LOAD_ITEM,
    LOAD_TYPE,
    LOAD_TYPE_ATTRIBUTE,
    LOAD_COMPUTED,
    LOAD_UPCOMING,
    LOAD_ITERATOR_PART,
    CHECK_TYPE,
    CHECK_IS,
    CHECK_VALUE,
    CHECK_BUFFER,
    CHECK_LENGTH,
    CHECK_KEYS,
    CHECK_TABLE,
    CHECK_LACKS,
    CHECK_INSTANCE_LACKS,
    CHECK_RANGE,
    CHECK_TENSOR,
    CHECK_TYPE_ATTRIBUTE,
    CHECK_GIVES,
    CHECK_ENDS,
    CHECK_SAME,
    CHECK_DISTINCT,
    STEP_KINDS,
} pfx_step_kind;

/* What a tensor has to be. */
typedef struct {
    PyObject *dtype;         /* or NULL: any */
    PyObject *place;         /* or NULL: any */
    PyObject *stop_gradient; /* Py_True, Py_False (borrowed) or NULL: any */
    const PyTypeObject *type; /* one whose attribute `stop_gradient` is read by `get`, as long as */
    unsigned int version;     /* it has this version; 0: none known */
    getter get;
    void *closure;
    int code;                /* of the dtype, once one such tensor was read by accessors; or -1 */
    Py_ssize_t rank;         /* -1: any */
    struct {
        Py_ssize_t low, high; /* both ends included */
    } dims[];
} pfx_tensor_spec;

/* Whether an object is a dense tensor like that; `spec` remembers how it was read. */
bool pfx_check_tensor(pfx_tensor_spec *spec, PyObject *tensor);

#define PFX_OPERANDS 3

/* Where a computed step finds an operand: a register, or the local that it stands for. */
typedef struct {
    int base, slot;
} pfx_operand;

struct pfx_step {
    pfx_step_kind kind;
    int target;       /* the register a load fills, or the second one a check reads */
    int base;         /* the register it reads; -1 for none */
    int slot;         /* the local it reads instead; -1 for none */
    int row;          /* its place in what the program was made from */
    bool owns;        /* the target holds a reference */
    bool weak;        /* `object` is not owned; `references` watches it */
    bool by_index;    /* LOAD_ITEM: `index` is meant for sequences */
    Py_ssize_t index; /* slot, sequence index, length or the lower end of a range; for a check of
                         two, the second's local */
    Py_ssize_t high;  /* the upper end of a range */
    int noperands;    /* LOAD_COMPUTED: beside the one at `base` */
    pfx_operand operands[PFX_OPERANDS];
    PyObject *key;    /* name, key, keys, constant, buffer or function; owned or NULL */
    PyObject *object; /* what identity is compared with; NULL for none */
    pfx_tensor_spec *tensor;
};

/* Parses one row (kind, target, base, operand, extra) into the program's next step. `slots`
   says, for the registers so far, which local each stands for, -1 for none; `seen` holds the
   addresses that are watched already. -1 with an error set. */
int pfx_parse_step(pfx_guards *program, PyObject *row, int number, int *slots, PyObject *seen);

#endif /* PADDLEFX_GUARD_STEPS_H */
