//! The few pickle opcodes that `torch.save` writes for a dictionary of tensors.
//!
//! Pickle is a language for a stack machine that can call any Python function. This reader builds
//! data only: an opcode or a function outside the short lists below ends it. Values live in an
//! arena and refer to each other by index, so that a memo used a million times costs a million
//! indices and no copy of what it holds.
//!
//! Opcodes: Python's `pickletools.py`; tensors: `torch/_utils.py`, `_rebuild_tensor_v2`.

use std::collections::HashMap;

use super::error::{ConvertError, malformed, shown};
use super::view::Dtype;

const PICKLE_BYTES_MAX: usize = 4 << 20;
const VALUES_MAX: usize = 1 << 20;

#[derive(Clone, Debug)]
pub(super) enum Value {
    None,
    Bool,
    Integer(i64),
    Float,
    Text(String),
    Function(Function),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dictionary(Vec<(Id, Id)>),
    Storage {
        dtype: Dtype,
        key: String,
        count: usize,
    },
    Tensor {
        storage: Id,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    OrderedDictionary,
    RebuildTensor,
    RebuildParameter,
    StorageOf(Dtype),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Id(usize);

/// A finished reading: the arena and the value on top of it.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ConvertError> {
        if bytes.len() > PICKLE_BYTES_MAX {
            return Err(fault(format!("{} bytes are too many", bytes.len())));
        }
        Machine {
            rest: bytes,
            values: Vec::new(),
            stack: Vec::new(),
            memo: HashMap::new(),
        }
        .run()
    }

    pub(super) fn root(&self) -> Id {
        self.root
    }

    pub(super) fn value(&self, id: Id) -> &Value {
        &self.values[id.0]
    }

    /// Pairs of a dictionary, by text key; other keys are left out.
    pub(super) fn entries(&self, id: Id) -> Vec<(&str, Id)> {
        let Value::Dictionary(pairs) = self.value(id) else {
            return Vec::new();
        };
        let named = |(key, value): &(Id, Id)| match self.value(*key) {
            Value::Text(text) => Some((text.as_str(), *value)),
            _ => None,
        };
        pairs.iter().filter_map(named).collect()
    }
}

enum Slot {
    Mark,
    Value(Id),
}

struct Machine<'a> {
    rest: &'a [u8],
    values: Vec<Value>,
    stack: Vec<Slot>,
    memo: HashMap<u32, Id>,
}

fn fault(text: impl Into<String>) -> ConvertError {
    malformed("the pickle", text)
}

impl Machine<'_> {
    fn run(mut self) -> Result<Pickle, ConvertError> {
        loop {
            let opcode = self.byte()?;
            if opcode == b'.' {
                let root = self.pop()?;
                return Ok(Pickle {
                    values: self.values,
                    root,
                });
            }
            self.step(opcode)?;
            // A mark or a memo reference grows the stack without a new value.
            if self.stack.len() > VALUES_MAX || self.values.len() > VALUES_MAX {
                return Err(fault("it holds too many values"));
            }
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), ConvertError> {
        match opcode {
            0x80 => drop(self.byte()?),          // PROTO
            0x95 => drop(self.take(8)?),         // FRAME
            b'(' => self.stack.push(Slot::Mark), // MARK
            b'N' => self.push(Value::None),      // NONE

            0x88 | 0x89 => self.push(Value::Bool), // NEWTRUE, NEWFALSE
            b'K' | b'M' | b'J' | 0x8a => self.integer(opcode)?,
            b'G' => {
                self.take(8)?; // BINFLOAT
                self.push(Value::Float);
            }
            b'X' | 0x8c => self.text(opcode)?,
            b')' => self.push(Value::Tuple(Vec::new())), // EMPTY_TUPLE
            b']' => self.push(Value::List(Vec::new())),  // EMPTY_LIST
            b'}' => self.push(Value::Dictionary(Vec::new())), // EMPTY_DICT
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?; // TUPLE1 to TUPLE3
                self.push(Value::Tuple(items));
            }
            b't' => {
                let items = self.pop_to_mark()?; // TUPLE
                self.push(Value::Tuple(items));
            }
            b'a' => {
                let items = self.pop_many(1)?; // APPEND
                self.append(items)?;
            }
            b'e' => {
                let items = self.pop_to_mark()?; // APPENDS
                self.append(items)?;
            }
            b's' => {
                let items = self.pop_many(2)?; // SETITEM
                self.set_items(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?; // SETITEMS
                self.set_items(&items)?;
            }
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(opcode)?,
            b'c' | 0x93 => self.function(opcode)?,
            b'Q' => self.storage()?, // BINPERSID
            b'R' => self.call()?,    // REDUCE
            // BUILD: torch keeps `_metadata` of an ordered dictionary so; nothing we need.
            b'b' => drop(self.pop()?),
            other => return Err(fault(format!("opcode {other:#04x} is not allowed"))),
        }
        Ok(())
    }

    fn integer(&mut self, opcode: u8) -> Result<(), ConvertError> {
        let size = match opcode {
            b'K' => 1,                      // BININT1
            b'M' => 2,                      // BININT2
            b'J' => 4,                      // BININT
            _ => usize::from(self.byte()?), // LONG1
        };
        if size > 8 {
            return Err(fault("an integer is longer than 8 bytes"));
        }
        let bytes = self.take(size)?;
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes);
        let signed = !matches!(opcode, b'K' | b'M');
        if signed && bytes.last().is_some_and(|top| *top >= 0x80) {
            wide[size..].fill(0xff);
        }
        self.push(Value::Integer(i64::from_le_bytes(wide)));
        Ok(())
    }

    fn text(&mut self, opcode: u8) -> Result<(), ConvertError> {
        let size = if opcode == b'X' {
            self.u32()? as usize // BINUNICODE
        } else {
            usize::from(self.byte()?) // SHORT_BINUNICODE
        };
        let bytes = self.take(size)?;
        let text = std::str::from_utf8(bytes).map_err(|_| fault("a text is not UTF-8"))?;
        let text = text.to_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    fn remember(&mut self, opcode: u8) -> Result<(), ConvertError> {
        let slot = match opcode {
            b'q' | b'h' => u32::from(self.byte()?), // BINPUT, BINGET
            b'r' | b'j' => self.u32()?,             // LONG_BINPUT, LONG_BINGET
            _ => self.memo.len() as u32,            // MEMOIZE
        };
        if matches!(opcode, b'h' | b'j') {
            let id = *self
                .memo
                .get(&slot)
                .ok_or_else(|| fault("a memo is read before it is set"))?;
            self.stack.push(Slot::Value(id));
        } else {
            let Some(Slot::Value(id)) = self.stack.last() else {
                return Err(fault("there is nothing to remember"));
            };
            self.memo.insert(slot, *id);
            if self.memo.len() > VALUES_MAX {
                return Err(fault("it remembers too many values"));
            }
        }
        Ok(())
    }

    fn function(&mut self, opcode: u8) -> Result<(), ConvertError> {
        let (module, name) = if opcode == b'c' {
            (self.line()?, self.line()?) // GLOBAL
        } else {
            let pair = self.pop_many(2)?; // STACK_GLOBAL
            match (&self.values[pair[0].0], &self.values[pair[1].0]) {
                (Value::Text(module), Value::Text(name)) => (module.clone(), name.clone()),
                _ => return Err(fault("a function's name is not a text")),
            }
        };
        let function = match (module.as_str(), name.as_str()) {
            ("collections", "OrderedDict") => Function::OrderedDictionary,
            ("torch._utils", "_rebuild_tensor_v2") => Function::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Function::RebuildParameter,
            ("torch", "FloatStorage") => Function::StorageOf(Dtype::F32),
            ("torch", "HalfStorage") => Function::StorageOf(Dtype::F16),
            ("torch", "BFloat16Storage") => Function::StorageOf(Dtype::Bf16),
            _ => {
                let name = shown(&format!("{module}.{name}"));
                return Err(fault(format!("it asks for {name}, which is not allowed")));
            }
        };
        self.push(Value::Function(function));
        Ok(())
    }

    /// `("storage", torch.HalfStorage, key, device, count)`.
    fn storage(&mut self) -> Result<(), ConvertError> {
        let parts = self.tuple()?;
        let &[_, kind, key, _, count] = parts.as_slice() else {
            return Err(fault("a storage does not have five parts"));
        };
        let storage = match (
            &self.values[kind.0],
            &self.values[key.0],
            &self.values[count.0],
        ) {
            (
                Value::Function(Function::StorageOf(dtype)),
                Value::Text(key),
                Value::Integer(count),
            ) => {
                let count = usize::try_from(*count).map_err(|_| fault("a storage is too large"))?;
                Value::Storage {
                    dtype: *dtype,
                    key: key.clone(),
                    count,
                }
            }
            _ => return Err(fault("a storage's parts are of the wrong kind")),
        };
        self.push(storage);
        Ok(())
    }

    fn call(&mut self) -> Result<(), ConvertError> {
        let arguments = self.tuple()?;
        let function = self.pop()?;
        let Value::Function(function) = self.values[function.0] else {
            return Err(fault("it calls something that is not a function"));
        };
        match function {
            Function::OrderedDictionary if arguments.is_empty() => {
                self.push(Value::Dictionary(Vec::new()));
            }
            Function::RebuildParameter if !arguments.is_empty() => {
                self.stack.push(Slot::Value(arguments[0]));
            }
            Function::RebuildTensor if arguments.len() >= 4 => {
                let tensor = Value::Tensor {
                    storage: arguments[0],
                    offset: self.size(arguments[1])?,
                    shape: self.sizes(arguments[2])?,
                    strides: self.sizes(arguments[3])?,
                };
                self.push(tensor);
            }
            _ => return Err(fault("a function is called with the wrong arguments")),
        }
        Ok(())
    }

    fn size(&self, id: Id) -> Result<usize, ConvertError> {
        match self.values[id.0] {
            Value::Integer(size) => {
                usize::try_from(size).map_err(|_| fault(format!("{size} is not a size")))
            }
            _ => Err(fault("a size is not a number")),
        }
    }

    fn sizes(&self, id: Id) -> Result<Vec<usize>, ConvertError> {
        match &self.values[id.0] {
            Value::Tuple(items) if items.len() <= 4 => {
                items.iter().map(|item| self.size(*item)).collect()
            }
            _ => Err(fault("a shape is not a tuple of at most four sizes")),
        }
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), ConvertError> {
        let target = self.top()?;
        let Value::List(list) = &mut self.values[target.0] else {
            return Err(fault("it appends to something that is not a list"));
        };
        list.extend(items);
        if list.len() > VALUES_MAX {
            return Err(fault("a list is too long"));
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), ConvertError> {
        let target = self.top()?;
        let Value::Dictionary(pairs) = &mut self.values[target.0] else {
            return Err(fault("it sets items of something that is not a dictionary"));
        };
        if !items.len().is_multiple_of(2) {
            return Err(fault("a key has no value"));
        }
        pairs.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        if pairs.len() > VALUES_MAX {
            return Err(fault("a dictionary is too long"));
        }
        Ok(())
    }

    fn tuple(&mut self) -> Result<Vec<Id>, ConvertError> {
        let id = self.pop()?;
        match &self.values[id.0] {
            // A memoised tuple can be used by every second byte; longer ones have no use here.
            Value::Tuple(items) if items.len() <= 8 => Ok(items.clone()),
            _ => Err(fault("arguments are not a short tuple")),
        }
    }

    fn push(&mut self, value: Value) {
        self.stack.push(Slot::Value(Id(self.values.len())));
        self.values.push(value);
    }

    fn top(&self) -> Result<Id, ConvertError> {
        match self.stack.last() {
            Some(Slot::Value(id)) => Ok(*id),
            _ => Err(fault("its stack is empty")),
        }
    }

    fn pop(&mut self) -> Result<Id, ConvertError> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>, ConvertError> {
        let mut items = (0..count)
            .map(|_| self.pop())
            .collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        Ok(items)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, ConvertError> {
        let mut items = Vec::new();
        loop {
            match self.stack.pop() {
                Some(Slot::Value(id)) => items.push(id),
                Some(Slot::Mark) => break,
                None => return Err(fault("a mark is missing")),
            }
        }
        items.reverse();
        Ok(items)
    }

    fn take(&mut self, count: usize) -> Result<&[u8], ConvertError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| fault("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ConvertError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn u32(&mut self) -> Result<u32, ConvertError> {
        self.take(4)
            .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn line(&mut self) -> Result<String, ConvertError> {
        let end = self
            .rest
            .iter()
            .take(256)
            .position(|byte| *byte == b'\n')
            .ok_or_else(|| fault("a name does not end"))?;
        let text = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest = &self.rest[end + 1..];
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(bytes: &[u8], reason: &str) {
        let error = Pickle::parse(bytes).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn a_dictionary_written_by_python_is_read() {
        // pickle.dumps({"a": 1, "b": (-2, True, None), "c": [300]}, protocol=2)
        let bytes = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01X\x01\x00\x00\x00bq\x02\
            J\xfe\xff\xff\xff\x88N\x87q\x03X\x01\x00\x00\x00cq\x04]q\x05M,\x01au.";
        let pickle = Pickle::parse(bytes).unwrap();
        let entries = pickle.entries(pickle.root());
        assert_eq!(
            entries.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert!(matches!(pickle.value(entries[0].1), Value::Integer(1)));
        let Value::Tuple(items) = pickle.value(entries[1].1) else {
            panic!("b is a tuple")
        };
        assert!(matches!(pickle.value(items[0]), Value::Integer(-2)));
        assert!(matches!(pickle.value(items[1]), Value::Bool));
        assert!(matches!(pickle.value(items[2]), Value::None));
    }

    #[test]
    fn a_pickle_that_would_run_a_command_is_refused_by_name() {
        check_refused(
            b"cos\nsystem\n(X\x02\x00\x00\x00lstR.",
            "os.system, which is not allowed",
        );
        check_refused(
            b"\x8c\x02os\x8c\x06system\x93.",
            "os.system, which is not allowed",
        );
        check_refused(b"cbuiltins\neval\n.", "builtins.eval");
        check_refused(b"(i__main__\nX\n.", "opcode 0x69 is not allowed");
    }

    #[test]
    fn broken_pickles_say_what_is_broken() {
        check_refused(b"", "ends too early");
        check_refused(b".", "stack is empty");
        check_refused(b"X\xff\xff\xff\xff", "ends too early");
        check_refused(b"h\x07.", "memo is read before it is set");
        check_refused(b"}(K\x01u.", "a key has no value");
        check_refused(b"K\x01t.", "a mark is missing");
        check_refused(b"K\x01)R.", "not a function");
        check_refused(&[b'('; 2 << 20], "too many values");
    }

    #[test]
    fn doubling_a_memo_does_not_double_memory() {
        // Forty levels of (x, x): 2^40 leaves if anyone copied them.
        let mut bytes = b")q\x00".to_vec();
        for _ in 0..40 {
            bytes.extend(b"h\x00h\x00\x86q\x00");
        }
        bytes.push(b'.');
        assert!(Pickle::parse(&bytes).is_ok());
    }
}
