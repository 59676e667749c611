// The view in a notebook: while it is on the page and seen, it asks its kernel every two seconds.
function render({ model, el }) {
  const board = ktbBoard(el, () => model.send({ is: "csv" }));
  const show = () => model.get("frame").lessons && board.show(model.get("frame"));
  const hear = (message) => {
    if (message.is === "frame") board.show(message.frame);
    if (message.is === "csv") ktbDownload(message.text, "class.csv");
  };
  model.on("change:frame", show);
  model.on("msg:custom", hear);
  show();
  const timer = setInterval(() => { if (!document.hidden && el.isConnected) model.send({ is: "look" }); }, 2000);
  return () => { clearInterval(timer); model.off("change:frame", show); model.off("msg:custom", hear); };
}
export default { render };
