export const scenario = { iterationInTest: 0 }
