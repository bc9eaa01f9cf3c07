// Modules such as anywidget's are found beside this script, on any server and in a folder of files.
window.requirejs.config({ baseUrl: new URL(".", document.currentScript.src).href });

// The widgets know JupyterLab's word for light and dark; the theme's is handed on to them.
const root = document.documentElement;
const tell = () => document.body?.setAttribute(
  "data-jp-theme-light", root.dataset.theme === "dark" ? "false" : "true");
new MutationObserver(tell).observe(root, { attributeFilter: ["data-theme"] });
document.addEventListener("DOMContentLoaded", tell);
tell();
