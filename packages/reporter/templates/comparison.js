"use strict";
// Everything is readable without this script; it saves the comparison that is inside the file.
const save = document.getElementById("save");
save.hidden = false;
save.addEventListener("click", () => {
  const text = document.getElementById("comparison").textContent;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "comparison.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
