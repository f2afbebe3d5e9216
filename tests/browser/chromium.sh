#!/bin/sh
# A Chromium for the checks of the book: the one that is there, or Debian's.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" > /dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium > /dev/null && exit 0
fi
echo 'make: found no Chromium, expected one, or root and apt-get to install it' >&2
exit 1
