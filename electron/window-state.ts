import { readFileSync, writeFileSync } from 'node:fs';
import type { Rectangle } from 'electron';

/** Where the window stood: screen coordinates of its ordinary size, in device-independent pixels. */
export interface WindowState {
  readonly bounds: Rectangle;
  readonly maximized: boolean;
}

/** So much of the window must be on a screen, or nobody could take hold of it. */
const VISIBLE_PX = 120;

/** What was kept last, if it is whole and still fits the screens there are; a broken or missing file is none. */
export function readWindowState(file: string, screens: readonly Rectangle[]): WindowState | undefined {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(file, 'utf8'));
    if (!isRectangle(bounds) || typeof maximized !== 'boolean') return undefined;
    return isOnScreen(bounds, screens) ? { bounds, maximized } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether somebody can take hold of a window there. */
export function isOnScreen(bounds: Rectangle, screens: readonly Rectangle[]): boolean {
  return screens.some((screen) => isVisible(bounds, screen));
}

/** Keeps it for the next start. Where nothing can be written the window opens as it did the first time. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  } catch {
    // A full disk is told where something is lost by it.
  }
}

function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false;
  const { x, y, width, height } = value as Record<string, unknown>;
  return [x, y, width, height].every(Number.isSafeInteger);
}

/** Its upper edge is on the screen, and enough of it from the left to the right. */
function isVisible({ x, y, width }: Rectangle, screen: Rectangle): boolean {
  const seen = Math.min(x + width, screen.x + screen.width) - Math.max(x, screen.x);
  return seen >= VISIBLE_PX && y >= screen.y && y <= screen.y + screen.height - VISIBLE_PX;
}
