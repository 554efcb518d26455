// How to reorder a list with the fewest moves.

// `old` has the previous place of each wanted node, or -1 if it is new. → for each, whether it may stay. `pinned` (an
// index into `old`) must not move: it has the focus or the selection.
export function keptInPlace(old, pinned = -1) {
  const stays = old.map(() => false);
  const held = pinned >= 0 ? old[pinned] : -1;
  const fits = (place, index) =>
    place >= 0 && (held < 0 || (index < pinned ? place < held : index === pinned || place > held));

  // The longest increasing subsequence: `ends[n]` is the index whose place ends the best run of n + 1 nodes.
  const ends = [];
  const before = old.map(() => -1);
  old.forEach((place, index) => {
    if (!fits(place, index)) return;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (old[ends[middle]] < place) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? ends[low - 1] : -1;
    ends[low] = index;
  });
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index]) stays[index] = true;
  return stays;
}
