// The byte form of a program, made for fuzzers.
//
// Decoding is total: every byte string is a valid program of the given kind, and a small change of
// the bytes is a small change of the program. A header of kHeaderBytes is followed by records of
// kRecordBytes, one for each operation; a missing tail reads as zero.
//
//   header  0     capacity          1 + b % max(16, or the kind's limit)
//           1-2   message size      little-endian, 1 + v % the kind's limit (64 KiB at most)
//           3     producers         1 + b % min(4, the kind's limit)
//           4     consumers         1 + b % min(4, the kind's limit)
//           5-7   seed
//   record  0     low nibble: action; high nibble: timeout (now, 1 ms, 20 ms, never),
//                               which closes have none of
//           1     actor
//           2-3   size
//           4     priority          (kKill: target)
//           5     fault kind        below 192: none
//           6     nth call          1 + b % 16
//           7     repeat            below 192: once; else 2 .. 17
//
// Encode(Decode(bytes)) is the canonical form: Decode(Encode(Decode(b))) == Decode(b). Values that
// a record cannot hold (a stress program's repeat of 100,000) are clamped by Encode.
#ifndef IPC_HAMMER_PROPERTIES_PROGRAM_CODEC_H_
#define IPC_HAMMER_PROPERTIES_PROGRAM_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::size_t kRecordBytes = 8;
// Operations beyond are ignored: a fuzz execution stays short.
inline constexpr std::size_t kDecodedOperationsMax = 256;

Program Decode(std::span<const std::uint8_t> bytes, const TransportKind& kind);

// The same into an existing program, so that the fuzzer's hot path does not allocate.
void DecodeInto(std::span<const std::uint8_t> bytes, const TransportKind& kind, Program& program);

std::vector<std::uint8_t> Encode(const Program& program, const TransportKind& kind);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROGRAM_CODEC_H_
