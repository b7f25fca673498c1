// libxml2 for Swift. Debian builds it with ICU, whose headers collide with those inside Foundation
// ("'UErrorCode' has different definitions in different modules"): we never need that part.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

// `xmlFree` is a global function pointer, which Swift 6 refuses as not concurrency-safe.
static inline void cordon_xml_free(void *pointer) { xmlFree(pointer); }
