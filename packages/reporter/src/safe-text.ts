// Names in a record come from suites and engines of strangers. Here they lose their power over terminals
// and Markdown. HTML is escaped by the template engine, CSV by the CSV library.

/**
 * One line without control characters, so that no name can move the cursor, colour the terminal or
 * forge a line of output. Bidirectional controls go too: they reorder what is seen.
 *
 * @returns The text with each removed character replaced by U+FFFD and white space by blanks.
 */
export function plainText(text: string): string {
  return text
    .replace(/[\t\n\r\v\f\u0085\u2028\u2029]+/g, " ")
    .replace(/[\p{Cc}\p{Surrogate}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, "\uFFFD");
}

/** `plainText` with every character escaped that Markdown, or HTML inside it, could act on. */
export function markdownText(text: string): string {
  return (
    plainText(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replace(/[\\`*_{}[\]#!|~]/g, "\\$&")
      // Bare links and mentions become active without any mark-up.
      .replace(/:\/\//g, ":&#8203;//")
      .replaceAll("@", "&#64;")
  );
}

/**
 * JSON for a `<script type="application/json">` element: no `<` remains, so neither `</script>` nor
 * `<!--` can occur, and the line separators which older parsers choke on are escaped.
 */
export function scriptJson(json: string): string {
  return json
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
