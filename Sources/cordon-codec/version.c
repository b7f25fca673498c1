// What decodes and codes: the versions of the libraries. What comes out of them, to the last bit, depends on all of it.
#include "codec.h"

#include <charls/charls.h>
#include <gdcm-3.0/gdcmConfigure.h>
#include <openjpeg.h>
#include <stdio.h>
#include <jpeglib.h>

#define TEXT_OF(token) #token
#define TEXT(token) TEXT_OF(token)

// Those of libjpeg and of GDCM's codecs have no words for it when they run: they are those that this was built with.
#ifdef LIBJPEG_TURBO_VERSION
#define JPEG_NAME "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION)
#else
#define JPEG_NAME "libjpeg " TEXT(JPEG_LIB_VERSION)
#endif

int codec_describe(char *text, size_t room) {
    int length = snprintf(text, room, "%s, GDCM %s, CharLS %s, OpenJPEG %s", JPEG_NAME, GDCM_VERSION,
                          charls_get_version_string(), opj_version());
    return length > 0 && (size_t)length < room;
}
