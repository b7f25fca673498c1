#include "dicom_tables.h"
