/** The maximum length of a file name in UTF-16 code units. */
export const MAX_FILE_NAME = 150;

/** A media type without parameters (RFC 6838, 4.2). */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
/** Device names reserved by Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const LONGEST_ENDING = 20;

/**
 * Returns a name under which a file can be saved on any system: without folders, characters that are special in file
 * systems or headers, and bidirectional controls, which can make `.exe` look like `.pdf`.
 */
export function safeFileName(given: string): string {
  const printable = given
    .toWellFormed()
    .replace(/^.*[/\\]/s, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\ufffd]/gu, '')
    .normalize('NFC')
    .replaceAll(/[<>:"|?*%]/g, '_')
    .replaceAll(/\s+/g, ' ');
  const name = shortened(printable).replace(/^[ .]+|[ .]+$/g, '');
  if (name === '') return 'file';
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Returns a media type without its parameters, or that of arbitrary bytes if it is invalid. */
export function mediaType(given: string | undefined): string {
  const type = given?.split(';')[0]?.trim().toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : 'application/octet-stream';
}

/** Shortens a long name before its extension, which decides with which program it opens. */
function shortened(name: string): string {
  if (name.length <= MAX_FILE_NAME) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= LONGEST_ENDING ? name.slice(dot) : '';
  return (name.slice(0, MAX_FILE_NAME - ending.length) + ending).toWellFormed().replaceAll('\ufffd', '');
}
