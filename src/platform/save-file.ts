/** Hands a text to the user as a file. */

/** @throws where there is no page to save from */
export type SaveFile = (name: string, text: string) => void | Promise<void>;

/** As a download of this page. */
export const browserSaveFile: SaveFile = (name, text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Freed in a minute: the browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};
