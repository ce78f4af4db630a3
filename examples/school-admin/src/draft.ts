import { createSlice, type PayloadAction } from "@reduxjs/toolkit";

/** A reducer of the app's own: the name that is being typed. */
export const draft = createSlice({
  name: "draft",
  initialState: "",
  reducers: { typed: (_, { payload }: PayloadAction<string>) => payload },
});
