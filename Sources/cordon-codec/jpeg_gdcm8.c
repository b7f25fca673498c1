#include <stddef.h>
#include <stdio.h>
// The memory manager of a build that codes without loss has one more function; without this the header leaves it out.
#define NEED_DARRAY
#include <gdcm-3.0/gdcmjpeg/8/jpeglib.h>
#include <gdcm-3.0/gdcmjpeg/8/jerror.h>
#define JPEG_NAME(x) gdcm8##_##x
#define JPEG_IS_GDCM 1
#include "jpeg_build.h"
