func.func @main(%mp0: memref<3x24xf32>, %mp1: memref<24xf32>, %mp2: memref<24xf32>, %r0: memref<24xf32>, %r1: memref<3x24xf32>) {
  %p0 = bufferization.to_tensor %mp0 restrict : memref<3x24xf32> to tensor<3x24xf32>
  %p1 = bufferization.to_tensor %mp1 restrict : memref<24xf32> to tensor<24xf32>
  %p2 = bufferization.to_tensor %mp2 restrict : memref<24xf32> to tensor<24xf32>
  %t0 = arith.constant 0.00000000000000000e+00 : f32
  %t1 = tensor.empty() : tensor<3xf32>
  %t2 = linalg.fill ins(%t0 : f32) outs(%t1 : tensor<3xf32>) -> tensor<3xf32>
  %t3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%p0, %p1 : tensor<3x24xf32>, tensor<24xf32>) outs(%t2 : tensor<3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %o: f32):
    %v0 = arith.constant 2.00000000000000000e+00 : f32
    %v1 = arith.mulf %a0, %v0 : f32
    %v2 = arith.constant 0.00000000000000000e+00 : f32
    %v3 = arith.addf %v1, %v2 : f32
    %v4 = arith.addf %v3, %a1 : f32
    %v5 = arith.addf %v4, %o fastmath<reassoc> : f32
    linalg.yield %v5 : f32
  } -> tensor<3xf32>
  %t4 = arith.constant 0.00000000000000000e+00 : f32
  %t5 = tensor.empty() : tensor<3xf32>
  %t6 = linalg.fill ins(%t4 : f32) outs(%t5 : tensor<3xf32>) -> tensor<3xf32>
  %t7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%p0, %p1, %t3 : tensor<3x24xf32>, tensor<24xf32>, tensor<3xf32>) outs(%t6 : tensor<3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %o: f32):
    %v0 = arith.constant 2.00000000000000000e+00 : f32
    %v1 = arith.mulf %a0, %v0 : f32
    %v2 = arith.constant 0.00000000000000000e+00 : f32
    %v3 = arith.addf %v1, %v2 : f32
    %v4 = arith.addf %v3, %a1 : f32
    %v5 = arith.constant 2.40000000000000000e+01 : f32
    %v6 = arith.divf %a2, %v5 : f32
    %v7 = arith.subf %v4, %v6 : f32
    %v8 = arith.mulf %v7, %v7 : f32
    %v9 = arith.addf %v8, %o fastmath<reassoc> : f32
    linalg.yield %v9 : f32
  } -> tensor<3xf32>
  %t8 = tensor.empty() : tensor<3x24xf32>
  %t9 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%p0, %p1, %t3, %t7, %p2 : tensor<3x24xf32>, tensor<24xf32>, tensor<3xf32>, tensor<3xf32>, tensor<24xf32>) outs(%t8 : tensor<3x24xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %a3: f32, %a4: f32, %o: f32):
    %v0 = arith.constant 2.00000000000000000e+00 : f32
    %v1 = arith.mulf %a0, %v0 : f32
    %v2 = arith.constant 0.00000000000000000e+00 : f32
    %v3 = arith.addf %v1, %v2 : f32
    %v4 = arith.addf %v3, %a1 : f32
    %v5 = arith.constant 2.40000000000000000e+01 : f32
    %v6 = arith.divf %a2, %v5 : f32
    %v7 = arith.subf %v4, %v6 : f32
    %v8 = arith.constant 1.00000000000000000e+00 : f32
    %v9 = arith.divf %a3, %v5 : f32
    %v10 = arith.constant 9.99999974737875164e-06 : f32
    %v11 = arith.addf %v9, %v10 : f32
    %v12 = math.sqrt %v11 : f32
    %v13 = arith.divf %v8, %v12 : f32
    %v14 = arith.mulf %v7, %v13 : f32
    %v15 = arith.mulf %v14, %a4 : f32
    %v16 = arith.addf %v15, %a1 : f32
    linalg.yield %v16 : f32
  } -> tensor<3x24xf32>
  %t10 = arith.constant 0xFF800000 : f32
  %t11 = tensor.empty() : tensor<24xf32>
  %t12 = linalg.fill ins(%t10 : f32) outs(%t11 : tensor<24xf32>) -> tensor<24xf32>
  %t13 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>], iterator_types = ["reduction", "parallel"]} ins(%t9 : tensor<3x24xf32>) outs(%t12 : tensor<24xf32>) {
    ^bb0(%a0: f32, %o: f32):
    %v0 = arith.maximumf %a0, %o : f32
    linalg.yield %v0 : f32
  } -> tensor<24xf32>
  %t14 = tensor.empty() : tensor<3x24xf32>
  %t15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%p0 : tensor<3x24xf32>) outs(%t14 : tensor<3x24xf32>) {
    ^bb0(%a0: f32, %o: f32):
    %v0 = arith.constant 0.00000000000000000e+00 : f32
    %v1 = arith.cmpf ogt, %a0, %v0 : f32
    %v2 = arith.select %v1, %a0, %v0 : f32
    linalg.yield %v2 : f32
  } -> tensor<3x24xf32>
  bufferization.materialize_in_destination %t13 in restrict writable %r0 : (tensor<24xf32>, memref<24xf32>) -> ()
  bufferization.materialize_in_destination %t15 in restrict writable %r1 : (tensor<3x24xf32>, memref<3x24xf32>) -> ()
  return
}
