// Modules such as anywidget's are found beside this script, on any server and in a folder of files.
window.requirejs.config({ baseUrl: new URL(".", document.currentScript.src).href });
