import { open } from 'node:fs/promises';

/** Changes one bit in the middle of a file. @returns the position of the byte, from 0 */
export async function flipByte(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    const position = Math.floor((await file.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await file.write(byte, 0, 1, position);
    return position;
  } finally {
    await file.close();
  }
}
