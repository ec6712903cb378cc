/* Witnesses: what guards saw when they held.

   Most guards look at what hardly ever changes: functions in modules, their code and defaults,
   attributes of classes. Once a program has held, the words of memory that its steps went through
   are noted, with the version of each dict and type. Where all are what they were, the steps would
   go the same way, and aren't run; steps whose outcome isn't in memory alone, or depends on the
   arguments, are run as before (`rest`).

   Nothing is taken on trust: a fact looks only at memory that the facts before it show to be what
   it was, and an object's type is a fact before anything in it is. Versions are never given twice.
   Constants are compared by identity, and held, so that no other object gets their address. */

#include "witness.h"

static inline bool
names_hold(const pfx_witness *witness, PyObject *dict, int number)
{
    while (number >= 0) {
        const pfx_name *name = &witness->names[number];
        PyObject *value = NULL;
        if (pfx_read_dict(dict, name->key, &value)) {
            Py_DECREF(value); /* which the dict holds */
        }
        if (value != name->value) {
            return false;
        }
        number = name->next;
    }
    return true;
}

bool
pfx_witness_facts_hold(pfx_witness *witness, const pfx_scope *scope)
{
    pfx_fact *end = witness->facts + witness->nfacts;
    for (pfx_fact *fact = witness->facts; fact < end; fact++) {
        switch (fact->kind) {
        case FACT_WORD:
            if (*(const uintptr_t *)fact->address != fact->value) {
                return false;
            }
            break;
        case FACT_BYTE:
            if (*(const uint8_t *)fact->address != fact->value) {
                return false;
            }
            break;
        case FACT_DICT: {
            PyObject *dict = (PyObject *)(uintptr_t)fact->address;
            uint64_t version = pfx_dict_version(dict);
            if (version != fact->value) {
                if (fact->number == PFX_WHOLE || !pfx_dict_has_version(dict)
                    || !names_hold(witness, dict, fact->number)) {
                    return false;
                }
                fact->value = version;
            }
            break;
        }
        case FACT_TYPE:
            if (pfx_type_version((PyTypeObject *)(uintptr_t)fact->address) != fact->value) {
                return false;
            }
            break;
        case FACT_GLOBALS:
            if (scope->globals != fact->address) {
                return false;
            }
            break;
        case FACT_BUILTINS:
            if (scope->builtins != fact->address) {
                return false;
            }
            break;
        case FACT_CELL:
            if (fact->number >= scope->ncells || scope->cells[fact->number] != fact->address) {
                return false;
            }
            break;
        }
    }
    return true;
}

void
pfx_witness_free(pfx_witness *witness)
{
    if (witness != NULL) {
        PyMem_Free(witness->facts);
        PyMem_Free(witness->names);
        PyMem_Free(witness->rest);
        Py_XDECREF(witness->constants);
        PyMem_Free(witness);
    }
}
