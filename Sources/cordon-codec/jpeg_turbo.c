#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
#define JPEG_NAME(x) turbo_##x
#define JPEG_IS_GDCM 0
#include "jpeg_build.h"
