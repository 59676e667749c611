// The page of its own: asks for the frame every two seconds. The token is in the address, after #, and is never sent as a part of it.
const token = location.hash.slice(1);
const ask = (path) => fetch(path, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
const FORBIDDEN = "This page needs the whole link that the command has printed, with what stands after #.";

const root = document.getElementById("board");
const board = ktbBoard(root, async () => {
  const answer = await ask("csv");
  if (answer.ok) ktbDownload(await answer.text(), "class.csv");
  else board.trouble(await answer.text());
});
const dark = matchMedia("(prefers-color-scheme: dark)");
const dress = () => { root.dataset.theme = dark.matches ? "dark" : "light"; };
dark.addEventListener("change", dress);
dress();

async function look() {
  try {
    const answer = await ask("frame");
    if (answer.ok) board.show(await answer.json());
    else board.trouble(answer.status === 401 ? FORBIDDEN : `The board could not be read (${answer.status}).`);
  } catch {
    board.trouble("The command that serves this page has ended, or does not answer. What is shown is from before.");
  }
  setTimeout(look, document.hidden ? 10000 : 2000);
}
window.addEventListener("hashchange", () => location.reload());
look();
