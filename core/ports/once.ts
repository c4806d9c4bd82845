/** `task` at the first call, nothing at any later one. */
export function once<Args extends unknown[]>(task: (...args: Args) => void): (...args: Args) => void {
  let done = false;
  return (...args) => {
    if (done) return;
    done = true;
    task(...args);
  };
}
