// The attention view: all of it is in attention_panel.js.

const render = showAttention;

export default { render };
