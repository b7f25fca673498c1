#!/bin/sh
# Sees to the libraries and programs that Cordon needs: install_packages.sh build|test|bench|python...
# Installs what is missing where there is apt; elsewhere says what to install.
set -eu

# name of the Debian package, and a command that succeeds when what it brings is there
build="pkg-config|pkg-config --version
libxml2-dev|pkg-config --exists libxml-2.0
libre2-dev|pkg-config --exists re2
zlib1g-dev|pkg-config --exists zlib
libzip-dev|pkg-config --exists libzip
libsqlite3-dev|pkg-config --exists sqlite3
libcrypt-dev|test -e /usr/include/crypt.h || ls /usr/include/*/crypt.h
libssl-dev|pkg-config --exists 'libcrypto >= 3.0'
libjpeg-dev|pkg-config --exists libjpeg
libopenjp2-7-dev|pkg-config --exists libopenjp2
libcharls-dev|pkg-config --exists charls
libgdcm-dev|test -e /usr/include/gdcm-3.0/gdcmjpeg/16/jpeglib.h
libseccomp-dev|pkg-config --exists libseccomp
libtesseract-dev|pkg-config --exists tesseract
libleptonica-dev|pkg-config --exists lept
tesseract-ocr-eng|ls /usr/share/tesseract-ocr/*/tessdata/eng.traineddata || ls /usr/share/tessdata/eng.traineddata"
test="dcmtk|command -v dcmdump
zip|command -v zip
curl|command -v curl
openssl|command -v openssl
rsyslog|command -v rsyslogd || test -x /usr/sbin/rsyslogd
rsyslog-gnutls|ls /usr/lib/*/rsyslog/lmnsd_gtls.so
strace|command -v strace
orthanc|command -v Orthanc || test -x /usr/sbin/Orthanc
orthanc-dicomweb|test -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so
ffmpeg|command -v ffmpeg
libgdcm-tools|command -v gdcmanon
chromium|command -v chromium
default-jre-headless|command -v java
munge|test -x /usr/sbin/munged
slurmctld|test -x /usr/sbin/slurmctld
slurmd|test -x /usr/sbin/slurmd
slurm-client|command -v sbatch"
bench="eatmydata|ls /usr/lib/*/libeatmydata.so
valgrind|command -v valgrind"
python="python3-venv|python3 -c 'import ensurepip, venv'"

missing=""
for group in "$@"; do
    case $group in
        build) table=$build ;;
        test) table=$test ;;
        bench) table=$bench ;;
        python) table=$python ;;
        *) echo "install_packages.sh: there is no group \`$group\`; it knows build, test, bench and python" >&2; exit 2 ;;
    esac
    while IFS='|' read -r package check; do
        sh -c "$check" >/dev/null 2>&1 || missing="$missing $package"
    done <<TABLE
$table
TABLE
done

case " $* " in *" build "*)
    if ! command -v swift >/dev/null 2>&1; then
        echo "Cordon is built with Swift 6.2 or newer, which is not here: https://www.swift.org/install/linux" >&2
        exit 1
    fi
esac
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Cordon needs what these Debian packages bring:$missing" >&2
    echo "There is no apt-get here. Install the same libraries (with their headers and pkg-config files) and programs by the" >&2
    echo "means of this system, and run the same command again." >&2
    exit 1
fi
root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "These packages are missing and need root to install: apt-get install$missing" >&2
        exit 1
    fi
    root=sudo
fi
echo "installing$missing"
install() {
    # shellcheck disable=SC2086
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
# A fresh machine has no list of packages yet, or an old one.
install 2>/dev/null || { $root apt-get update -qq && install; } || {
    echo "apt-get could not install$missing; the message above says why" >&2
    exit 1
}
