#include <stddef.h>
#include <stdio.h>
// The memory manager of a build that codes without loss has one more function; without this the header leaves it out.
#define NEED_DARRAY
#include <gdcm-3.0/gdcmjpeg/16/jpeglib.h>
#include <gdcm-3.0/gdcmjpeg/16/jerror.h>
#define JPEG_NAME(x) gdcm16##_##x
#define JPEG_IS_GDCM 1
#include "jpeg_build.h"
