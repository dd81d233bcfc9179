/** What is read as an exported session at most. */
export const mostExportBytes = 200_000_000;
