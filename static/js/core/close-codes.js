// The meanings of closed connections (docs/PROTOCOL.md, "Why a connection closes").

const ENDINGS = {
  4100: "signed_out",
  4101: "deactivated",
  4102: "session_expired",
  4103: "too_many_sockets",
  4104: "too_many_errors",
  4105: "password_changed",
};

const RESTART = 1012;
const RESTART_SPREAD_MS = 2_000;

// The frame we sent caused the close: sending it again would close the next connection too.
const FRAME_FAULTS = new Set([1002, 1007, 1009]);

export function closeMeaning(code, random = Math.random) {
  if (code >= 4100 && code <= 4199) return { reconnect: false, reason: ENDINGS[code] ?? "refused" };
  if (code === RESTART) return { reconnect: true, delay: random() * RESTART_SPREAD_MS };
  return { reconnect: true, delay: null, frameFault: FRAME_FAULTS.has(code) };
}

export function isCausedByFrame(code) {
  return FRAME_FAULTS.has(code);
}
