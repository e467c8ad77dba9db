// What the program dialect refuses, and how it says so.
// RUN: sinter-opt %s --split-input-file --verify-diagnostics

program.program {
  program.executable @cpu target "cpu:x86-64"
  program.arena executable 0 memory "host" size 64 alignment 64
  program.procedure "main" : (tensor<4xf32>) -> tensor<4xf32> inputs ["x"] outputs ["y"] states [-1], [-1] {
    program.segment executable 0 waits [] signal 1 {
      // expected-error @below {{binds 16 bytes at offset 56 of arena 0, which has 64}}
      program.copy <arena 0, 56, 16> to <output 0, 0, 16>
    }
    program.end
  }
}

// -----

program.program {
  // expected-error @below {{must end with program.end}}
  program.procedure "main" : () -> () inputs [] outputs [] states [], [] {
    program.scalar constant 0
  }
}

// -----

program.program {
  program.procedure "main" : () -> () inputs [] outputs [] states [], [] {
    program.scalar constant 0
    // expected-error @below {{jumps backwards without a limit}}
    program.jump 0 limit 0
    program.end
  }
}

// -----

program.program {
  program.procedure "main" : () -> () inputs [] outputs [] states [], [] {
    program.scalar constant 0
    // expected-error @below {{branches backwards, from command 1 to 0}}
    program.branch 0 to 0
    program.end
  }
}

// -----

program.program {
  program.executable @cpu target "cpu:x86-64"
  // expected-error @below {{belongs to executable 1 of 1}}
  program.arena executable 1 memory "host" size 64 alignment 64
}

// -----

program.program {
  program.executable @cpu target "cpu:x86-64"
  // expected-error @below {{needs a power of two as alignment, not 48}}
  program.arena executable 0 memory "host" size 64 alignment 48
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{calls @cpu::@k0, which is no kernel of a nested module}}
  %0 = program.call @cpu::@k0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Memory of a device's own: what does not reach it.

program.program {
  program.executable @npu target "npu" {memory = "local"}
  program.arena executable 0 memory "local" size 64 alignment 64
  program.procedure "main" : (tensor<4xf32>) -> () inputs ["x"] outputs [] states [-1], [] {
    program.segment executable 0 waits [] signal 1 {
      // expected-error @below {{uses input 0, which executable 0 does not reach}}
      program.copy <input 0, 0, 16> to <arena 0, 0, 16>
    }
    program.end
  }
}

// -----

program.program {
  program.executable @npu target "npu" {memory = "local"}
  program.arena executable 0 memory "local" size 64 alignment 64
  program.procedure "main" : (tensor<4xf32>) -> () inputs ["x"] outputs [] states [-1], [] {
    program.segment executable -1 waits [] signal 1 {
      // expected-error @below {{uses arena 0, which executable -1 does not reach}}
      program.copy <input 0, 0, 16> to <arena 0, 0, 16>
    }
    program.end
  }
}

// -----

program.program {
  program.executable @cpu target "cpu:x86-64"
  // expected-error @below {{is in memory 'local' of an executable that works in the host's}}
  program.arena executable 0 memory "local" size 64 alignment 64
}

// -----

program.program {
  program.executable @cpu target "cpu:x86-64"
  // expected-error @below {{is in the memory of executable 0, which has none of its own}}
  program.state "h" : tensor<4xf32> {executable = 0 : i64}
}
