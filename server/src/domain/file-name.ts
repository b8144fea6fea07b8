/** The longest name of a file, in UTF-16 units. */
export const MAX_FILE_NAME = 150;

/** What a media type may look like without its parameters (RFC 6838, 4.2). */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
/** Names that Windows keeps for its devices, with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const LONGEST_ENDING = 20;

/**
 * A name under which a file can be saved anywhere: no folder, nothing that a file system or a header reads as more than a
 * letter, nothing that turns the letters around so that `.exe` looks like `.pdf`.
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

/** A media type without its parameters; what is none counts as plain bytes. */
export function mediaType(given: string | undefined): string {
  const type = given?.split(';')[0]?.trim().toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : 'application/octet-stream';
}

/** A long name loses letters before its ending, so that it opens with the right program still. */
function shortened(name: string): string {
  if (name.length <= MAX_FILE_NAME) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= LONGEST_ENDING ? name.slice(dot) : '';
  return (name.slice(0, MAX_FILE_NAME - ending.length) + ending).toWellFormed().replaceAll('\ufffd', '');
}
