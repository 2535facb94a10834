/** How likely a free bay is on arrival, in words that a driver can act on. Pure. */

export type ChanceWord = 'sure' | 'likely' | 'even' | 'unlikely' | 'none_known'

/** The word for a chance of 0 to 1: four times of five is sure enough, less than one of three is not to be counted on. */
export function chanceWord(chance: number | null | undefined): ChanceWord {
  if (chance === null || chance === undefined || Number.isNaN(chance)) return 'none_known'
  if (chance >= 0.8) return 'sure'
  if (chance >= 0.6) return 'likely'
  return chance >= 0.35 ? 'even' : 'unlikely'
}

/** Whole per cent, and never certain: nobody keeps the bay for the driver. */
export function chancePct(chance: number): number {
  return Math.min(99, Math.max(1, Math.round(chance * 100)))
}

/** An arrow beside the word, so that the trend is not told by colour alone. */
export function trendMark(trend: string | null | undefined): '↘' | '→' | '↗' | '' {
  return trend === 'filling' ? '↘' : trend === 'emptying' ? '↗' : trend === 'stable' ? '→' : ''
}

/** Seconds as the minutes one plans with: rounded up, at least one. */
export function wholeMinutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60 - 1e-9))
}
