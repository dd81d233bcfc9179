import { t } from '../../protocol/translate.ts';
import { bad, type Cursor, GgufFaultSignal, largestHeader, truncated } from './cursor.ts';
import { tensorType } from './tensorTypes.ts';

/** The container, whatever the model: metadata and the tensor table (ggml/docs/gguf.md, versions 2 and 3). */
export interface Container {
  version: number;
  metadata: Map<string, MetaValue>;
  tensors: TensorInfo[];
  /** Where the weights begin, in bytes from the start of the file. */
  dataStart: number;
}

export type MetaValue =
  | { type: 'number'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'string'; value: string }
  | ArrayValue;

/** An array stays in the file unless it is short. */
export interface ArrayValue {
  type: 'array';
  of: 'number' | 'boolean' | 'string';
  /** The number of the element's type in the file. */
  elementType: number;
  count: number;
  /** Of the first element, in bytes from the start of the file. */
  offset: number;
  /** Numbers of a short array. */
  numbers: number[] | null;
}

export interface TensorInfo {
  name: string;
  /** The row's length first, as ggml has it. */
  dims: number[];
  /** `Q4_K`. */
  type: string;
  bytes: number;
  /** In bytes from the start of the file. */
  offset: number;
}

const mostEntries = 65_536;
const mostTensors = 100_000;
const longestName = 65_535;
const longestString = 4 << 20;
/** As many as a value for each layer needs. */
const shortArray = 4096;
const arrayType = 9;
const stringType = 8;

interface Scalar {
  of: 'number' | 'boolean';
  size: number;
  read(cursor: Cursor): number;
}
const scalars: Record<number, Scalar> = {
  0: { of: 'number', size: 1, read: (cursor) => cursor.u8() },
  1: { of: 'number', size: 1, read: (cursor) => cursor.i8() },
  2: { of: 'number', size: 2, read: (cursor) => cursor.u16() },
  3: { of: 'number', size: 2, read: (cursor) => cursor.i16() },
  4: { of: 'number', size: 4, read: (cursor) => cursor.u32() },
  5: { of: 'number', size: 4, read: (cursor) => cursor.i32() },
  6: { of: 'number', size: 4, read: (cursor) => cursor.f32() },
  7: { of: 'boolean', size: 1, read: (cursor) => cursor.u8() },
  10: { of: 'number', size: 8, read: (cursor) => cursor.u64() },
  11: { of: 'number', size: 8, read: (cursor) => cursor.i64() },
  12: { of: 'number', size: 8, read: (cursor) => cursor.f64() },
};

/** Reads the container from its start. Throws only `GgufFaultSignal`, or what the source rejects with. */
export async function readContainer(cursor: Cursor): Promise<Container> {
  if (cursor.left() < 4) throw notGguf();
  await cursor.need(4);
  // "GGUF" as a little-endian number.
  if (cursor.u32() !== 0x46554747) throw notGguf();
  await cursor.need(20);
  const version = cursor.u32();
  if (version === 1) throw bad(t('it is in version 1 of GGUF, which is no longer read'));
  if (version >= 2 ** 24) throw bad(t('it was made for big-endian machines'));
  if (version !== 2 && version !== 3)
    throw bad(t('it is in version {version} of GGUF, which is not known', { version }));
  const tensorCount = cursor.u64();
  const entryCount = cursor.u64();
  if (tensorCount > mostTensors) throw bad(t('it claims to have {count} tensors', { count: tensorCount }));
  if (entryCount > mostEntries) throw bad(t('it claims to have {count} metadata entries', { count: entryCount }));
  // The least that so many take: a lie about the size shows before anything is read.
  if (entryCount * 13 + tensorCount * 32 > cursor.left()) throw truncated(null);
  const metadata = new Map<string, MetaValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = await readString(cursor, longestName, t('a key'));
    if (metadata.has(key)) throw bad(t('it has {key} twice', { key: clip(key) }));
    await cursor.need(4);
    metadata.set(key, await readValue(cursor, cursor.u32(), key));
  }
  return { version, metadata, ...(await readTensors(cursor, tensorCount, metadata)) };
}

async function readValue(cursor: Cursor, type: number, key: string): Promise<MetaValue> {
  if (type === stringType) return { type: 'string', value: await readString(cursor, longestString, key) };
  if (type === arrayType) return readArray(cursor, key);
  const scalar = scalars[type];
  if (!scalar) throw bad(t('{key} has the unknown type {type}', { key: clip(key), type }));
  await cursor.need(scalar.size);
  const value = scalar.read(cursor);
  return scalar.of === 'boolean' ? { type: 'boolean', value: value !== 0 } : { type: 'number', value };
}

async function readArray(cursor: Cursor, key: string): Promise<ArrayValue> {
  await cursor.need(12);
  const elementType = cursor.u32();
  const count = cursor.u64();
  const offset = cursor.position;
  if (elementType === stringType) {
    checkRoom(cursor, count * 8, () => t('{key} claims to have {count} strings', { key: clip(key), count }));
    await skipStrings(cursor, count, key);
    return { type: 'array', of: 'string', elementType, count, offset, numbers: null };
  }
  const scalar = scalars[elementType];
  if (!scalar) throw bad(t('{key} is an array of the unknown type {type}', { key: clip(key), type: elementType }));
  checkRoom(cursor, count * scalar.size, () => t('{key} claims to have {count} elements', { key: clip(key), count }));
  if (count > shortArray) {
    cursor.skip(count * scalar.size);
    return { type: 'array', of: scalar.of, elementType, count, offset, numbers: null };
  }
  await cursor.need(count * scalar.size);
  const numbers = Array.from({ length: count }, () => scalar.read(cursor));
  return { type: 'array', of: scalar.of, elementType, count, offset, numbers };
}

async function skipStrings(cursor: Cursor, count: number, key: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (!cursor.has(8)) await cursor.need(8);
    const length = cursor.u64();
    checkRoom(cursor, length, () => t('{key} has a string of {length} bytes', { key: clip(key), length }));
    cursor.skip(length);
  }
}

/** What goes on behind the end was cut off if a header could have it, and is a lie if not. */
function checkRoom(cursor: Cursor, length: number, claim: () => string): void {
  if (length > largestHeader) throw bad(claim());
  if (length > cursor.left()) throw truncated(cursor.position + length);
}

/** A string's length, checked against what is left, and its bytes. */
async function readString(cursor: Cursor, longest: number, what: string): Promise<string> {
  await cursor.need(8);
  const length = cursor.u64();
  if (length > longest) throw bad(t('{what} is {length} bytes long', { what: clip(what), length }));
  await cursor.need(length);
  return decode(cursor.bytes(length));
}

async function readTensors(
  cursor: Cursor,
  count: number,
  metadata: ReadonlyMap<string, MetaValue>,
): Promise<{ tensors: TensorInfo[]; dataStart: number }> {
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  const alignment = tensorAlignment(metadata);
  for (let i = 0; i < count; i++) {
    const tensor = await readTensor(cursor);
    if (names.has(tensor.name)) throw bad(t('it has the tensor {name} twice', { name: clip(tensor.name) }));
    if (tensor.offset % alignment !== 0) throw bad(t('the tensor {name} is not aligned', { name: clip(tensor.name) }));
    names.add(tensor.name);
    tensors.push(tensor);
  }
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  for (const tensor of tensors) tensor.offset += dataStart;
  return { tensors, dataStart };
}

/** One row of the table, with its offset still counted from the first weight. */
async function readTensor(cursor: Cursor): Promise<TensorInfo> {
  const name = await readString(cursor, longestName, t("a tensor's name"));
  await cursor.need(4);
  const rank = cursor.u32();
  if (rank < 1 || rank > 4) throw bad(t('the tensor {name} has {rank} dimensions', { name: clip(name), rank }));
  await cursor.need(rank * 8 + 12);
  const dims = Array.from({ length: rank }, () => cursor.u64());
  const number = cursor.u32();
  const offset = cursor.u64();
  const type = tensorType(number);
  if (!type) throw bad(t('the tensor {name} has the unknown type {type}', { name: clip(name), type: number }));
  const values = dims.reduce((product, dim) => product * dim, 1);
  const bytes = (values / type.values) * type.bytes;
  // Beyond 2^53 the sizes would no longer be exact, and no disk holds it.
  if (values < 1 || bytes > Number.MAX_SAFE_INTEGER || offset > Number.MAX_SAFE_INTEGER / 2) {
    throw bad(t('the tensor {name} claims to have {size} values', { name: clip(name), size: dims.join(' × ') }));
  }
  if ((dims[0] ?? 0) % type.values !== 0)
    throw bad(
      t('the tensor {name} has rows of {count} values in {type}', {
        ...{ name: clip(name), count: dims[0] ?? 0, type: type.name },
      }),
    );
  return { name, dims, type: type.name, bytes, offset };
}

function tensorAlignment(metadata: ReadonlyMap<string, MetaValue>): number {
  const given = metadata.get('general.alignment');
  if (!given) return 32;
  if (given.type !== 'number' || !Number.isInteger(Math.log2(given.value)) || given.value > 2 ** 20) {
    throw bad(t('{key} is not a power of two', { key: 'general.alignment' }));
  }
  return given.value;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const decode = (bytes: Uint8Array) => decoder.decode(bytes);
const notGguf = () => new GgufFaultSignal({ kind: 'notGguf', reason: t('not a GGUF file') });

/** A name out of the file, fit for a line of text. */
function clip(name: string): string {
  const printable = name.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > 60 ? `${printable.slice(0, 60)}…` : printable;
}
