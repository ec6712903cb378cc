/* Memory that says, unchanged, that guards which held once still do. */

#ifndef PADDLEFX_WITNESS_H
#define PADDLEFX_WITNESS_H

#include "guard_steps.h"

typedef enum {
    FACT_WORD,     /* a pointer or a size is what it was */
    FACT_BYTE,     /* a byte is */
    FACT_DICT,     /* a dict wasn't written to, or gives the same objects for the names asked for */
    FACT_TYPE,     /* neither a type nor its bases were written to */
    FACT_GLOBALS,  /* the code runs with this dict of globals */
    FACT_BUILTINS, /* and this one of builtins */
    FACT_CELL,     /* and this cell as its `number`th free variable */
} pfx_fact_kind;

/* Each is true of live memory if those before it are. */
typedef struct {
    const void *address;
    uint64_t value;
    pfx_fact_kind kind;
    int number; /* FACT_DICT: the first name asked for, -1 for none, WHOLE for all */
} pfx_fact;

#define PFX_WHOLE (-2)

/* What a dict gave for a key. Both are borrowed: the key from the program. */
typedef struct {
    PyObject *key;
    PyObject *value; /* NULL: nothing */
    int next;        /* of the same dict; -1 for none */
} pfx_name;

struct pfx_witness {
    Py_ssize_t nfacts;
    pfx_fact *facts;
    pfx_name *names;
    PyObject *constants; /* list: compared by identity, so no other object may get their address */
    Py_ssize_t nrest;
    pfx_step *rest;      /* the steps that have to be run beside; they own nothing */
    int nregisters;      /* of these */
};

/* What was seen where the guards have just held, or NULL without error: there is no memory, or
   nothing that they depend on can be told from memory alone. */
pfx_witness *pfx_witness_new(const pfx_guards *program, const pfx_scope *scope);
void pfx_witness_free(pfx_witness *witness);

/* Whether it is all there still. Runs no code and doesn't release the GIL. */
bool pfx_witness_facts_hold(pfx_witness *witness, const pfx_scope *scope);

#endif /* PADDLEFX_WITNESS_H */
