/**
 * How the mediasoup worker is built from the sources inside the npm package, against Debian's own libraries. This is
 * for hosts that reach a package mirror but not the places from which mediasoup fetches its prebuilt worker and the
 * libraries of its own build. `overlay/` replaces those libraries: a few lines of Meson each, one header that puts the
 * libsrtp 3 calls on libsrtp 2, one that puts `ankerl::unordered_dense` on the standard containers. `prelude.hpp` is the
 * precompiled header.
 *
 * The whole folder is part of the cache key: whoever changes the recipe gets a new binary.
 */

/** Debian 12 or newer has all of them. */
export const BUILD_PACKAGES = [
  'meson',
  'ninja-build',
  'g++',
  'pkg-config',
  'libuv1-dev',
  'libssl-dev',
  'libsrtp2-dev',
  'libabsl-dev',
  'libflatbuffers-dev',
  'flatbuffers-compiler',
];

/** Changes to mediasoup's sources. Each must find its text; a new mediasoup may need it changed or not at all. */
export const EDITS = [
  {
    file: 'meson.build',
    why: 'Debian 12 ships Meson 1.0, which is enough.',
    find: "meson_version: '>= 1.1.0'",
    replace: "meson_version: '>= 1.0.0'",
  },
  {
    file: 'src/RTC/DtlsTransport.cpp',
    // OpenSSL also calls the BIO callback on the way back from a BIO_ctrl, with another bit set, and takes the
    // answer 1 for the result. Where OpenSSL is built with kernel TLS, as Debian's is, that reads as "kernel TLS is
    // on", no write buffer is made, and the first DTLS ServerHello crashes the worker.
    why: 'The BIO callback must know the return half of every operation.',
    find: '(operationType == BIO_CB_RETURN)',
    replace: '((operationType & BIO_CB_RETURN) != 0)',
  },
  {
    file: 'include/RTC/RTP/ProbationGenerator.hpp',
    // All transports of a worker write their probes into one buffer, and every new transport sets its sequence number
    // back to a random one. About half of the other transports can send no probe from then on, as SRTP takes their
    // packets for old ones. The worker counts these as lost, and no longer finds out that a line carries more.
    why: 'Each transport numbers its own probes.',
    find: '// Allocated by this.\n\t\t\tstd::unique_ptr<RTP::Packet> probationPacket;',
    replace:
      'uint8_t ProbationPacketBuffer[ProbationPacketMaxLength]{};\n\t\t\tstd::unique_ptr<RTP::Packet> probationPacket;',
  },
  {
    file: 'meson.build',
    why: 'With a precompiled header the build takes a third of the time.',
    find: "['src/main.cpp'],\n  include_directories",
    replace: "['src/main.cpp'],\n  cpp_pch: 'pch/prelude.hpp',\n  include_directories",
  },
  {
    file: 'deps/libwebrtc/meson.build',
    why: 'The same.',
    find: 'libwebrtc_sources,\n  dependencies',
    replace: "libwebrtc_sources,\n  cpp_pch: 'pch/prelude.hpp',\n  dependencies",
  },
];

/** Where the precompiled header is for the worker and for the part of libwebrtc in it; Meson wants a folder of its own. */
export const PRECOMPILED = ['pch/prelude.hpp', 'deps/libwebrtc/pch/prelude.hpp'];

/**
 * The commands, run one after the other in the copy of the sources.
 * @param {number} jobs compilers at a time
 */
export function buildCommands(jobs) {
  return [
    ['meson', 'setup', 'build', '--buildtype', 'release', '-Db_ndebug=true', '--wrap-mode=nodownload'],
    ['ninja', '-C', 'build', '-j', String(jobs), 'mediasoup-worker'],
    ['strip', 'build/mediasoup-worker'],
  ];
}

/** The path at which the commands leave the binary. */
export const BINARY = 'build/mediasoup-worker';
