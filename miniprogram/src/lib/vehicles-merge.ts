/**
 * The vehicles of a phone and those of an account, merged over what both had the last time. No I/O.
 *
 * What is new on the phone goes to the account; what was taken away on the phone is taken away there; everything else is
 * as the account has it.
 */
import type { PlateColour, PlateForm } from './plate'

export interface Vehicle {
  plate: string
  form: PlateForm
  /** As seen on the plate; by the form if left out. */
  colour?: PlateColour
  /** What its account calls it. */
  name?: string
}

/** What an account and this phone had in common, and the ids there. */
export interface Common {
  accountId: string
  ids: Record<string, string>
  usual?: string
}

export interface Changes {
  save: Vehicle[]
  /** Ids. */
  drop: string[]
  /** Another one is the usual one now. */
  usual?: Vehicle
}

export const nothingCommon = (accountId: string): Common => ({ accountId, ids: {} })

/** What the account has not been told yet. */
export function changesSince(common: Common, here: readonly Vehicle[]): Changes {
  const plates = new Set(here.map(({ plate }) => plate))
  const usual = here[0]
  return {
    save: here.filter(({ plate }) => !(plate in common.ids)),
    drop: Object.entries(common.ids).filter(([plate]) => !plates.has(plate)).map(([, id]) => id),
    ...(usual && usual.plate in common.ids && usual.plate !== common.usual ? { usual } : {}),
  }
}

export function isNothing({ save, drop, usual }: Changes): boolean {
  return save.length + drop.length === 0 && usual === undefined
}

/** What stays on the phone when somebody else signs in: not what the account before has. */
export function withoutThose(here: readonly Vehicle[], common: Common): Vehicle[] {
  return here.filter(({ plate }) => !(plate in common.ids))
}

/**
 * What the phone has after the account has answered: its list, without what was taken away here meanwhile, and with what
 * it does not have (added meanwhile, or not taken by it). `asked` is what the phone had when it began to ask.
 */
export function settled(list: readonly Vehicle[], asked: readonly Vehicle[], here: readonly Vehicle[], common: Common): Vehicle[] {
  const has = (some: readonly Vehicle[], plate: string) => some.some((one) => one.plate === plate)
  const kept = list.filter(({ plate }) => has(here, plate) || !has(asked, plate))
  const own = here.filter(({ plate }) => !has(list, plate) && !(plate in common.ids))
  const all = [...kept, ...own]
  const turned = here[0] && here[0].plate !== asked[0]?.plate ? all.find(({ plate }) => plate === here[0]?.plate) : undefined
  return turned ? [turned, ...all.filter((one) => one !== turned)] : all
}
