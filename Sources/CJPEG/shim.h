// libjpeg-turbo: JPEG of 8 bits. The header wants to know size_t and FILE first.
#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>
