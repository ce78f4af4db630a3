import { configureStore } from "@reduxjs/toolkit";
import { connectAdapter, schoolReducers, withAdapter } from "hybrid-data-adapter/slices";
import { useDispatch, useSelector } from "react-redux";
import { adapter } from "./adapter";
import { draft } from "./draft";

export const store = configureStore({
  reducer: { ...schoolReducers, draft: draft.reducer },
  middleware: (defaults) => defaults(withAdapter(adapter)),
});
connectAdapter(store, adapter);

export const useAppDispatch = useDispatch.withTypes<typeof store.dispatch>();
export const useAppSelector = useSelector.withTypes<ReturnType<typeof store.getState>>();
